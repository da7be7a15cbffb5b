"""Logs are read with few rights, get few labels, and are kept alike on one host and in clusters."""

import re

from fixtures.compose import DEPLOY, FILE, services
from fixtures.kubernetes import K8S, labels_of, main, overlay, pod

ALLOY = DEPLOY / "alloy" / "logs"
LINES = (ALLOY / "lines.alloy").read_text()
SOURCES = {
    "compose": (ALLOY / "docker.alloy").read_text(),
    "kubernetes": (K8S / "components/loki/kubernetes.alloy").read_text(),
}
IDS = {"request_id", "trace_id", "user_id", "video_id", "extraction_id"}


def stage(text: str, name: str) -> str:
    """What one stage of a pipeline says; there must be one of that name."""
    (found,) = re.findall(rf"^  stage\.{name} \{{\n(.*?)^  \}}$", text, re.MULTILINE | re.DOTALL)
    return str(found)


def names(text: str) -> set[str]:
    """The keys of the map in a stage."""
    return set(re.findall(r"(\w+) *= \"", text))


def test_labels_of_lines_are_service_and_level() -> None:
    assert names(stage(LINES, "labels")) == {"level"}
    for source in SOURCES.values():
        assert re.findall(r'stage\.label_keep \{\n +values = \["service"\]', source)


def test_level_is_one_of_few_words() -> None:
    said = stage(LINES, "regex")
    (expression,) = re.findall(r'expression = "(.*)"', said)
    for word in ("debug", "info", "warning", "error", "critical"):
        match = re.search(expression, word)
        assert match
        assert match["level"] == word
    assert not re.search(expression, "level-of-somebody-s-own")


def test_ids_are_beside_lines_and_no_labels() -> None:
    assert names(stage(LINES, "structured_metadata")) == IDS
    assert names(stage(LINES, "json")) == IDS | {"said"}


def test_lines_wait_while_loki_is_away() -> None:
    assert "max_backoff_retries = 0" in LINES


def test_compose_writes_beside_each_line_whose_it_is() -> None:
    asked = set(re.findall(r'\\"(com\.docker[a-z.]+)\\"', SOURCES["compose"]))
    assert asked == {"com.docker.compose.project", "com.docker.compose.service"}
    for name, service in services().items():
        assert set(service["logging"]["options"]["labels"].split(",")) == asked, name


def test_compose_mounts_docker_s_files_read_only_and_never_its_socket() -> None:
    assert "docker.sock" not in FILE.read_text()
    with_files = {
        name: volume
        for name, service in services().items()
        for volume in service.get("volumes", [])
        if "/var/lib/docker" in volume
    }
    folder = "/var/lib/docker/containers"
    assert with_files == {"alloy-logs": f"{folder}:{folder}:ro"}
    assert services()["alloy-logs"]["user"] == "0:0"
    assert set(services()["alloy-logs"]["networks"]) == {"observe"}


def test_kubernetes_lets_alloy_read_lines_of_its_namespace_and_nothing_else() -> None:
    of = overlay("prod")
    roles = of.of("Role", "ClusterRole")
    assert [role["metadata"]["name"] for role in roles] == ["alloy-logs"]
    (rule,) = roles[0]["rules"]
    assert rule == {
        "apiGroups": [""],
        "resources": ["pods", "pods/log"],
        "verbs": ["get", "list", "watch"],
    }
    assert "own_namespace = true" in SOURCES["kubernetes"]
    with_token = {
        each["metadata"]["name"]
        for each in of.workloads()
        if pod(each)["automountServiceAccountToken"]
    }
    assert with_token == {"alloy-logs"}


def test_kubernetes_calls_processes_as_compose_does() -> None:
    """By the rules of `kubernetes.alloy`: a name, or a name and a component where it is listed."""
    (listed,) = re.findall(r"regex += \"(.*)\"", SOURCES["kubernetes"])
    for workload in overlay("prod").of("Deployment", "StatefulSet"):
        labels = labels_of(workload)
        name = labels["app.kubernetes.io/name"]
        joined = f"{name}-{labels.get('app.kubernetes.io/component', '')}"
        called = joined if re.fullmatch(listed, joined) else name
        assert called == workload["metadata"]["name"]


def test_lines_become_of_the_same_on_one_host_and_in_clusters() -> None:
    of = overlay("prod")
    assert of.by_name["ConfigMap", "alloy-logs"]["data"] == {
        "lines.alloy": LINES,
        "kubernetes.alloy": SOURCES["kubernetes"],
    }
    workload = main(of.by_name["StatefulSet", "alloy-logs"])
    assert workload["args"] == services()["alloy-logs"]["command"]
