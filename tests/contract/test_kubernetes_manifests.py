"""deploy/k8s holds together: names, ports, labels, limits of time."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

import pytest
from fixtures import strict_yaml
from fixtures.compose import DEPLOY, ROOT, services
from fixtures.kubernetes import (
    K8S,
    OVERLAYS,
    Object,
    build,
    containers,
    labels_of,
    main,
    matches,
    overlay,
    pod,
)
from fotograma_kit.aws import AwsClient
from fotograma_kit.settings import AwsSettings

UVICORN_GRACE = 10
"""--timeout-graceful-shutdown of the images."""
FILES = sorted(path for path in K8S.rglob("*.yaml"))


def grace(name: str, workload: str) -> int:
    return int(pod(overlay(name).by_name["Deployment", workload])["terminationGracePeriodSeconds"])


def limits() -> dict[str, int]:
    lines = (K8S / "base" / "limits.env").read_text().splitlines()
    pairs = (line.split("=") for line in lines if line and not line.startswith("#"))
    return {name: int(value) for name, value in pairs}


def drain(name: str, workload: str) -> float:
    of = overlay(name)
    environment = of.environment(main(of.by_name["Deployment", workload]))
    return float(environment.get("DRAIN_SECONDS", 25))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(K8S)))
def test_manifest_files_are_yaml(path: Any) -> None:
    assert [document for document in strict_yaml.load_all(path.read_text()) if document]


@pytest.mark.parametrize("name", OVERLAYS)
def test_worker_grace_period_covers_a_whole_segment(name: str) -> None:
    of = overlay(name)
    together = limits()
    assert together["WORKER_GRACE_SECONDS"] == grace(name, "worker")
    assert together["WORKER_DRAIN_SECONDS"] == drain(name, "worker")
    for process in ("video-api", "video-background"):
        told = of.environment(main(of.by_name["Deployment", process]))
        assert int(told["SEGMENT_TIME_LIMIT_SECONDS"]) == together["SEGMENT_TIME_LIMIT_SECONDS"]
    assert (
        grace(name, "worker") - UVICORN_GRACE
        > drain(name, "worker")
        > together["SEGMENT_TIME_LIMIT_SECONDS"]
    )


@pytest.mark.parametrize("name", OVERLAYS)
def test_grace_period_of_every_process_covers_its_drain(name: str) -> None:
    for service in ("auth", "video", "notify"):
        pause = main(overlay(name).by_name["Deployment", f"{service}-api"])["lifecycle"]["preStop"]
        assert grace(name, f"{service}-api") > pause["sleep"]["seconds"] + UVICORN_GRACE
        assert grace(name, f"{service}-background") > UVICORN_GRACE + drain(
            name, f"{service}-background"
        )


def test_processes_are_started_as_in_compose() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f'"--timeout-graceful-shutdown", "{UVICORN_GRACE}"' in dockerfile
    for workload in overlay("prod").of("Deployment"):
        name = workload["metadata"]["name"]
        if "build" in services().get(name, {}):
            assert main(workload).get("args") == services()[name].get("command"), name


@pytest.mark.parametrize("name", OVERLAYS)
def test_pods_name_accounts_claims_and_volumes_that_exist(name: str) -> None:
    of = overlay(name)
    for workload in of.workloads():
        account = pod(workload).get("serviceAccountName")
        assert account is None or ("ServiceAccount", account) in of.by_name
        claims = workload["spec"].get("volumeClaimTemplates", [])
        volumes = {volume["name"] for volume in pod(workload).get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in claims}
        for container in containers(workload):
            of.environment(container)
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes
        for volume in pod(workload).get("volumes", []):
            _check_volume(name, volume)


def _check_volume(name: str, volume: Mapping[str, Any]) -> None:
    of = overlay(name)
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"]["claimName"]
        assert ("PersistentVolumeClaim", claim) in of.by_name
    for source in volume.get("projected", {}).get("sources", [volume]):
        if "configMap" in source:
            assert ("ConfigMap", source["configMap"]["name"]) in of.by_name
    if "secret" in volume:
        keys = of.secret_keys(volume["secret"]["secretName"])
        asked = {item["key"] for item in volume["secret"].get("items", [])}
        assert keys is None or asked <= keys


@pytest.mark.parametrize("name", OVERLAYS)
def test_services_select_pods_and_routes_name_services(name: str) -> None:
    of = overlay(name)
    for service in of.of("Service"):
        selector = service["spec"]["selector"].items()
        (workload,) = (each for each in of.workloads() if selector <= labels_of(each).items())
        named = {port["name"] for port in main(workload)["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= named
    for ingress in of.of("Ingress"):
        (rule,) = ingress["spec"]["rules"]
        routes = {path["path"]: path["backend"]["service"] for path in rule["http"]["paths"]}
        # The page has what is left.
        assert list(routes) == ["/auth", "/video", "/notify", "/"]
        assert routes.pop("/")["name"] == "page"
        for path, backend in routes.items():
            assert backend["name"] == f"{path[1:]}-api"
            assert ("Service", backend["name"]) in of.by_name


@pytest.mark.parametrize("name", OVERLAYS)
def test_addresses_in_settings_name_services(name: str) -> None:
    of = overlay(name)
    ports = {each["metadata"]["name"]: each["spec"]["ports"] for each in of.of("Service")}
    for config in of.of("ConfigMap"):
        for value in config["data"].values():
            for host, port in re.findall(r"^http://([a-z-]+):(\d+)\b", value):
                if host != "localhost":
                    assert int(port) in {each["port"] for each in ports[host]}, value


@pytest.mark.parametrize("name", OVERLAYS)
def test_selectors_match_their_pods(name: str) -> None:
    of = overlay(name)
    for workload in of.of("Deployment", "StatefulSet"):
        assert workload["spec"]["selector"]["matchLabels"].items() <= labels_of(workload).items()
    pods = [labels_of(each) for each in of.workloads()]
    pods += [
        {"app.kubernetes.io/name": each["metadata"]["name"]} for each in of.of("RabbitmqCluster")
    ]
    for each in of.of("PodDisruptionBudget", "NetworkPolicy"):
        selector = each["spec"].get("selector") or each["spec"]["podSelector"]
        assert any(matches(selector, labels) for labels in pods), each["metadata"]["name"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_page_may_reach_the_storage_that_urls_are_signed_for(name: str) -> None:
    of = overlay(name)
    video = of.environment(main(of.by_name["Deployment", "video-api"]))
    allowed = of.environment(main(of.by_name["Deployment", "page"]))["S3_PUBLIC_URL"]
    endpoint = video.get("S3_PUBLIC_ENDPOINT_URL")
    settings = AwsSettings(aws_region=video["AWS_REGION"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "id")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "key")
        s3 = AwsClient("s3", settings, endpoint).boto3
        wanted = {"Bucket": video["S3_BUCKET"], "Key": "key"}
        signed = s3.generate_presigned_url("get_object", Params=wanted)
        s3.close()
    assert signed.startswith(f"{allowed}/")


@pytest.mark.parametrize("name", OVERLAYS)
def test_metrics_of_the_page_are_for_prometheus_only(name: str) -> None:
    """Everybody reaches its other port, where an Ingress leads; APIs have paths of their own."""
    of = overlay(name)
    labels = labels_of(of.by_name["Deployment", "page"])
    allowed = [
        (source, port["port"])
        for policy in of.of("NetworkPolicy")
        if matches(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get("ingress", [])
        for source in rule["from"]
        for port in rule["ports"]
    ]
    monitoring = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    assert [source for source, port in allowed if port == 8080] == [
        {"namespaceSelector": monitoring}
    ]
    assert {port for _, port in allowed} == {8000, 8080}


def test_pods_and_load_balancer_wait_for_each_other() -> None:
    of = overlay("prod")
    labels = of.by_name["Namespace", "fotograma"]["metadata"]["labels"]
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    annotations = of.by_name["Ingress", "fotograma"]["metadata"]["annotations"]
    attributes = annotations["alb.ingress.kubernetes.io/target-group-attributes"]
    (delay,) = re.findall(r"deregistration_delay\.timeout_seconds=(\d+)", attributes)
    assert int(delay) < grace("prod", "video-api")


def wave(each: Object) -> int:
    return int(each["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", 0))


def test_sync_waves_order_what_depends_on_what() -> None:
    """A wave begins when all of the one before it is healthy, so what a Job needs must be there."""
    of = overlay("prod")
    jobs = {wave(each) for each in of.of("Job")}
    ours = [each for each in of.of("Deployment") if each["metadata"]["name"] != "alloy-traces"]
    assert all(wave(each) > max(jobs) for each in ours)
    for each in of.of("ExternalSecret", "RabbitmqCluster", "SecretStore"):
        assert wave(each) < min(jobs)
    for each in of.of("ConfigMap", "NetworkPolicy", "ServiceAccount"):
        assert wave(each) <= min(jobs)
    for each in of.of("HorizontalPodAutoscaler", "ScaledObject"):
        assert wave(each) > max(map(wave, ours))
    for name in ("loki", "tempo", "alloy-logs", "alloy-traces"):
        (beside,) = (each for each in of.workloads() if each["metadata"]["name"] == name)
        assert wave(beside) == max(map(wave, of.objects))
    first = [each for each in of.objects if each["kind"] not in {"NodePool", "EC2NodeClass"}]
    assert min(first, key=wave)["kind"] == "Namespace"


def test_scalers_name_deployments_that_exist() -> None:
    of = overlay("prod")
    for scaler in of.of("HorizontalPodAutoscaler", "ScaledObject"):
        workload = of.by_name["Deployment", scaler["spec"]["scaleTargetRef"]["name"]]
        # Or each sync would set it back.
        assert "replicas" not in workload["spec"]
    least = {name: overlay(name).by_name["ScaledObject", "worker"]["spec"] for name in OVERLAYS}
    assert least["prod"]["minReplicaCount"] == 1
    assert least["local"]["minReplicaCount"] == 0


def test_broker_nodes_are_replaced_one_at_a_time() -> None:
    """Karpenter's budgets do not slow down expiry: nodes that were made at once expire at once.

    And a terminationGracePeriod ends what a PodDisruptionBudget still keeps.
    """
    of = overlay("prod")
    spec = of.by_name["RabbitmqCluster", "rabbitmq"]["spec"]
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    ((term,),) = (each["matchExpressions"] for each in required["nodeSelectorTerms"])
    assert term["key"] == "karpenter.sh/nodepool"
    (pool,) = (of.by_name["NodePool", name]["spec"] for name in term["values"])
    template = pool["template"]["spec"]
    assert template["expireAfter"] == "Never"
    assert "terminationGracePeriod" not in template
    assert pool["disruption"]["budgets"] == [{"nodes": "1"}]
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"
    # Nobody else is there, and nobody's load makes Karpenter replace a node.
    (taint,) = template["taints"]
    assert [each["key"] for each in spec["tolerations"]] == [taint["key"]]
    for each in of.workloads():
        assert taint["key"] not in {entry["key"] for entry in pod(each).get("tolerations", [])}


def reached_by(name: str, labels: Mapping[str, str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The policies that let a pod out, and the ports they let it reach."""
    for policy in overlay(name).of("NetworkPolicy"):
        if matches(policy["spec"]["podSelector"], labels):
            for rule in policy["spec"].get("egress", []):
                yield policy["metadata"]["name"], tuple(port["port"] for port in rule["ports"])


@pytest.mark.parametrize("name", OVERLAYS)
def test_network_policy_lets_workers_reach_rabbitmq_s3_dns_and_telemetry_only(name: str) -> None:
    labels = labels_of(overlay(name).by_name["Deployment", "worker"])
    s3 = 443 if name == "prod" else 8333
    assert dict(reached_by(name, labels)) == {
        "dns": (53, 53),
        "broker": (5672,),
        "store": (s3,),
        "tracing": (4318,),
    }


@pytest.mark.parametrize("name", OVERLAYS)
def test_network_policies_deny_by_default(name: str) -> None:
    policy = overlay(name).by_name["NetworkPolicy", "default-deny"]["spec"]
    assert policy == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_production_believes_and_answers_the_load_balancer_alone() -> None:
    """Whoever else is in the VPC reads no metrics, and says of no request where it comes from."""
    production = overlay("prod")
    policy = production.by_name["NetworkPolicy", "gateway"]["spec"]["ingress"]
    reached_from = [block["ipBlock"]["cidr"] for rule in policy for block in rule["from"]]
    site = dict(
        re.findall(r"^([A-Z_]+)=(.*)$", (K8S / "site/prod/site.env").read_text(), re.MULTILINE)
    )
    assert reached_from == [site[f"PUBLIC_CIDR_{zone}"] for zone in "ABC"]
    (gateway,) = [
        each["data"]
        for each in production.of("ConfigMap")
        if "FORWARDED_ALLOW_IPS" in each.get("data", {})
    ]
    assert gateway["FORWARDED_ALLOW_IPS"].split(",") == reached_from
    vpc = IPv4Network(site["VPC_CIDR"])
    for cidr in reached_from:
        assert IPv4Network(cidr) != vpc
        assert IPv4Network(cidr).subnet_of(vpc)


def test_production_stands_behind_a_web_acl() -> None:
    (ingress,) = overlay("prod").of("Ingress")
    assert ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/wafv2-acl-name"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_migrations_alone_have_the_owner_of_a_database(name: str) -> None:
    with_owner = {
        workload["metadata"]["name"]
        for workload in overlay(name).workloads()
        for volume in pod(workload).get("volumes", [])
        for item in volume.get("secret", {}).get("items", [])
        if item["key"] == "database_owner_url"
    }
    assert with_owner == {"auth-migrate", "video-migrate"}


@pytest.mark.parametrize(("service", "user"), [("auth", "auth_rows"), ("video", "video_rows")])
def test_processes_of_production_connect_as_a_user_of_rows(service: str, user: str) -> None:
    secret = overlay("prod").by_name["ExternalSecret", service]["spec"]["data"]
    refs = {each["secretKey"]: each["remoteRef"] for each in secret}
    assert refs["database_url"]["key"].endswith(f"/{service}-rows")
    assert refs["database_owner_url"]["key"].endswith(f"/{service}")
    terraform = ROOT / "infra/terraform/modules/service-secrets/main.tf"
    assert f"${{service}}{user.removeprefix(service)}:" in terraform.read_text()


def test_production_overlay_holds_no_secret() -> None:
    assert not overlay("prod").of("Secret")


def test_overlays_have_a_place_for_what_installations_differ_in() -> None:
    """Each line of site.env is put somewhere by a replacement."""
    lines = (K8S / "site/prod/site.env").read_text().splitlines()
    named = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    texts = (K8S / "components/site/replacements.yaml", K8S / "argocd/base/kustomization.yaml")
    used = {name for path in texts for name in re.findall(r"data\.([A-Z_]+)\}", path.read_text())}
    assert named == used


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_overlays_name_images_by_commit(environment: str) -> None:
    document = strict_yaml.load((K8S / f"site/{environment}/kustomization.yaml").read_text())
    images = {image["name"]: image["newTag"] for image in document["images"]}
    ours = {image for each in build(K8S / "base") for image in _images(each)}
    assert {f"{name}:local" for name in images} == ours
    for tag in images.values():
        # A string: seven digits and an e would be a number.
        assert re.fullmatch("[0-9a-f]{40}", tag)


def _images(each: Object) -> set[str]:
    if each["kind"] not in {"Deployment", "Job"}:
        return set()
    return {container["image"] for container in containers(each)}


def test_broker_users_are_those_of_compose() -> None:
    of = overlay("prod")
    definitions = of.by_name["ConfigMap", "broker-definitions"]["data"]["definitions.json"]
    assert definitions == (DEPLOY / "rabbitmq" / "definitions.json").read_text()
    users = {user["name"] for user in strict_yaml.load(definitions)["users"]}
    assert of.secret_keys("broker-passwords") == users - {"admin"}


@pytest.mark.parametrize(
    "application",
    [each for each in build(K8S / "argocd") if each["kind"] == "Application"],
    ids=lambda each: each["metadata"]["name"],
)
def test_applications_are_pinned_and_allowed_by_their_project(application: Object) -> None:
    projects = {
        each["metadata"]["name"]: each["spec"]
        for each in build(K8S / "argocd")
        if each["kind"] == "AppProject"
    }
    spec = application["spec"]
    project = projects[spec["project"]]
    assert spec["source"]["repoURL"] in project["sourceRepos"]
    assert spec["destination"] in project["destinations"]
    if spec["project"] == "platform":
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", spec["source"]["targetRevision"])
    else:
        assert (ROOT / spec["source"]["path"] / "kustomization.yaml").is_file()
