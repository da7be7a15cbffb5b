"""What a user waits for goes first when nodes are short, and what is broken holds up no node."""

from fixtures.kubernetes import labels_of, overlay, pod


def test_every_process_has_a_priority_and_workers_the_least() -> None:
    of = overlay("prod")
    values = {each["metadata"]["name"]: each["value"] for each in of.of("PriorityClass")}
    given = {
        labels_of(each)["app.kubernetes.io/component"]: values[pod(each)["priorityClassName"]]
        for each in of.of("Deployment")
        if each["metadata"]["labels"].get("app.kubernetes.io/part-of") == "fotograma"
        and labels_of(each).get("app.kubernetes.io/component")
        in {"api", "background", "page", "worker"}
    }
    assert given["api"] == given["page"] > given["background"] > given["worker"] > 0


def test_workers_push_nobody_out() -> None:
    (working,) = (
        each
        for each in overlay("prod").of("PriorityClass")
        if each["metadata"]["name"] == "fotograma-working"
    )
    assert working["preemptionPolicy"] == "Never"


def test_pods_that_are_broken_anyway_hold_up_no_node() -> None:
    """But RabbitMQ's: one that catches up is not ready, and still one of the majority."""
    policies = {
        each["metadata"]["name"]: each["spec"].get("unhealthyPodEvictionPolicy")
        for each in overlay("prod").of("PodDisruptionBudget")
    }
    assert policies.pop("rabbitmq") is None
    ours = {
        name for name in policies if name.startswith(("auth", "video", "notify", "page", "worker"))
    }
    assert len(ours) == 8
    assert {policies[name] for name in ours} == {"AlwaysAllow"}
