"""What runbooks and other documents tell operators to run exists: programs, flags, names, paths."""

import re
import stat
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import hcl2
import pytest
import typer.main
import yaml
from botocore import xform_name
from fixtures.compose import ROOT, services
from fixtures.documents import DOCUMENTS, KUBECTL, PLACEHOLDER, Command, commands, functions, spans
from fixtures.kubernetes import K8S, Object, build, labels_of, matches, overlay
from fotograma_auth.cli import app as auth
from fotograma_cli.main import app as client
from fotograma_notify.cli import app as notify
from fotograma_video.cli import app as video

OURS = {
    "fotograma": client,
    "fotograma-auth": auth,
    "fotograma-notify": notify,
    "fotograma-video": video,
}
ARGOCD = {
    ("app", "get"): {"--core", "--refresh"},
    ("app", "set"): {"--core", "--sync-policy", "--auto-prune", "--self-heal"},
    ("app", "sync"): {"--core"},
    ("app", "terminate-op"): {"--core"},
}
"""Of Argo CD 3, as its reference has them:
https://argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd_app/"""
TAKE_VALUES = {"-L", "-c", "-k", "-l", "-n", "-o", "--entrypoint", "--field-selector", "--profile"}
TAKE_VALUES |= {"--scale"}
"""Flags whose value is the next word."""
COMPOSE = {"build", "config", "down", "exec", "logs", "ps", "pull", "restart", "run", "stop", "up"}
KINDS = {
    "deploy": "Deployment",
    "deployment": "Deployment",
    "externalsecret": "ExternalSecret",
    "job": "Job",
    "nodepool": "NodePool",
    "pod": "Pod",
    "pvc": "PersistentVolumeClaim",
    "rabbitmqcluster": "RabbitmqCluster",
    "scaledobject": "ScaledObject",
    "secret": "Secret",
    "statefulset": "StatefulSet",
    "svc": "Service",
}
WITHOUT_NAMES = {"applications", "events", "externalsecrets", "hpa", "ingress", "jobs"}
WITHOUT_NAMES |= {"nodeclaims", "nodes", "pods"}
"""Kinds of which documents ask for all there are, or select by labels."""
NAMESPACES = {"argocd", "datadog", "fotograma", "keda", "kube-system", "monitoring", "traefik"}
MADE_BY_OTHERS = {
    # RabbitMQ's operator, of a RabbitmqCluster `rabbitmq` of three.
    ("StatefulSet", "rabbitmq-server"),
    ("Secret", "rabbitmq-default-user"),
    *(("Pod", f"rabbitmq-server-{n}") for n in range(3)),
    *(("PersistentVolumeClaim", f"persistence-rabbitmq-server-{n}") for n in range(3)),
    # StatefulSets.
    *(("Pod", f"{name}-0") for name in ("alertmanager", "alloy-logs", "loki", "tempo")),
    # Charts.
    ("Deployment", "karpenter"),
    ("Deployment", "keda-operator"),
    ("Service", "kube-prometheus-stack-grafana"),
    ("Service", "traefik"),
}
SYSTEM = {
    *("base64", "cd", "cp", "curl", "date", "docker", "echo", "env", "export", "grep", "jq"),
    *("kind", "minikube", "openssl", "psql", "pg_dumpall", "python", "read", "rm", "sed", "xargs"),
    *("rabbitmqctl", "rabbitmq-diagnostics", "rabbitmq-queues", "cat", ".venv/bin/python"),
    "amtool",
    *(".venv/bin/pytest", "kill", "pgrep", "sort"),
}
"""Programs whose arguments nobody checks here."""
BASES = (ROOT, K8S, ROOT / "deploy/compose", ROOT / "infra/terraform", ROOT / "docs")
FOLDERS = "deploy|docs|infra|scripts|services|tests|bench|local|cli|libs"

SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
OTHERS = {
    *("aws_access_key_id", "aws_secret_access_key", "ssl_cert_file"),
    *("access_refused", "not_found", "precondition_failed"),
}
"""Variables of AWS's and OpenSSL's libraries; what RabbitMQ answers."""

Check = Callable[[Command], None]


def exists(path: str) -> bool:
    """Whether a path of the repository is there, from wherever a document is in it."""
    inside = re.sub(r"^(\.\./)+", "", path)
    return any((base / inside).exists() for base in BASES)


def check_make(command: Command) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert command.positional[0] in targets


def check_script(command: Command) -> None:
    path = ROOT / command.program
    assert path.stat().st_mode & stat.S_IXUSR
    for word in command.arguments:
        if re.fullmatch(r"[a-z-]+", word):
            assert re.search(rf"\b{word}\b", path.read_text())


def check_ours(command: Command) -> None:
    """Commands and options of our programs, by the programs themselves."""
    found: Any = typer.main.get_command(OURS[command.program])
    words = list(command.arguments)
    while hasattr(found, "commands") and words and not words[0].startswith("-"):
        assert words[0] in found.commands
        found = found.commands[words.pop(0)]
    known = {"--help"} | {option for each in found.params for option in each.opts}
    assert {word.split("=")[0] for word in words if word.startswith("-")} <= known


@cache
def _argocd() -> list[Object]:
    return build(K8S / "argocd")


def check_argocd(command: Command) -> None:
    """Without `--core` it would ask for a server to log in to, which nobody can reach."""
    if command.arguments == ("app", "set"):  # named in the text
        return
    applications = {each["metadata"]["name"] for each in _argocd()}
    *verb, name = command.positional[:3]
    assert set(command.flags) <= ARGOCD[verb[0], verb[1]]
    assert "--core" in command.flags
    assert name in applications
    assert command.value("--sync-policy") in {None, "none", "automated"}


def check_kubectl(command: Command) -> None:
    words = list(_without_values(command.arguments))
    namespace = command.value("-n", "--namespace")
    assert namespace in {None, *NAMESPACES}
    if not words or words[0] == "$@":  # `kubectl -n fotograma`, which `k` stands for
        return
    verb, *rest = words
    flags = set(command.flags) - {"-n"}
    assert flags <= KUBECTL[verb]
    _check_selector(command.value("-l"))
    if verb not in {"apply", "config", "cordon", "create"}:
        _check_objects(verb, rest)
    if (inner := command.after("--")) is not None:
        check(inner)


def _without_values(words: tuple[str, ...]) -> Iterator[str]:
    """The positional arguments, up to `--`."""
    rest = iter(words)
    for word in rest:
        if word == "--":
            return
        if word in TAKE_VALUES:
            next(rest, None)
        elif not word.startswith("-"):
            yield word


def _check_objects(verb: str, words: list[str]) -> None:
    if verb in {"rollout", "set"}:  # `rollout restart`, `set image`
        words = words[1:]
    if verb in {"delete", "get"} and "/" not in words[0]:
        assert set(words[0].split(",")) <= WITHOUT_NAMES | set(KINDS)
    known = MADE_BY_OTHERS | {key for of in ("prod", "local") for key in overlay(of).by_name}
    for kind, name in _objects(verb, words):
        assert name in {PLACEHOLDER, "$1"} or (kind, name) in known, name


def _objects(verb: str, words: list[str]) -> Iterator[tuple[str, str]]:
    """Kinds and names: `kind name`, or `kind/name` of several. A program is run in a `pod`."""
    if words and words[0] in KINDS:
        yield from ((KINDS[words[0]], name) for name in words[1:2])
        return
    for word in words:
        kind, _, name = word.partition("/")
        if name and not re.search("=|-$", word):  # an annotation, an image
            yield KINDS[kind], name
        elif verb == "exec":
            yield "Pod", word


def _check_selector(selector: str | None) -> None:
    """That it selects the pods of some workload, or RabbitMQ's, or the nodes of a pool."""
    if selector is None:
        return
    of = overlay("prod")
    labels = [labels_of(each) for each in of.workloads()]
    for kind, key in (
        ("RabbitmqCluster", "app.kubernetes.io/name"),
        ("NodePool", "karpenter.sh/nodepool"),
    ):
        labels += [{key: each["metadata"]["name"]} for each in of.of(kind)]
    wanted: dict[str, Any] = {"matchLabels": {}, "matchExpressions": []}
    for key, among, one in re.findall(r"([\w./-]+)(?: in \(([^)]*)\)|=([\w.-]+))", selector):
        if among:
            wanted["matchExpressions"].append({"key": key, "values": among.split(", ")})
        else:
            wanted["matchLabels"][key] = one
    for each in wanted["matchExpressions"]:
        for value in each["values"]:
            assert any(found.get(each["key"]) == value for found in labels), value
    assert any(matches(wanted, found) for found in labels), selector


def check_docker(command: Command) -> None:
    if command.positional[0] != "compose" or len(command.arguments) == 1:
        return
    profiles = {name for each in services().values() for name in each.get("profiles", [])}
    assert command.value("--profile") in {None, *profiles}
    _, verb, *rest = _without_values(command.arguments)
    assert verb in COMPOSE
    named = rest[:1] if verb in {"exec", "run"} else rest
    if (scaled := command.value("--scale")) is not None:
        named.append(scaled.split("=")[0])
    assert set(named) <= set(services())
    program = command.value("--entrypoint")
    inside = ([program] if program else []) + rest[1:]
    if inside and inside[0] in OURS:
        check(Command(command.path, tuple(inside)))


def check_terraform(command: Command) -> None:
    folder = ROOT / (command.value("-chdir") or "infra/terraform/environments/prod")
    assert (folder / "main.tf").is_file()
    if command.positional[:1] == ("output",):
        assert _named(folder / "outputs.tf", "output") >= set(command.positional[1:])
    if variable := command.value("-var"):
        assert variable.split("=")[0] in _named(folder / "variables.tf", "variable")


def _named(path: Path, kind: str) -> set[str]:
    with path.open() as file:
        return {name.strip('"') for block in hcl2.load(file)[kind] for name in block}


def check_gh(command: Command) -> None:
    workflows = ROOT / ".github/workflows"
    match command.positional:
        case ("workflow", "run", name, *_):
            on = yaml.safe_load((workflows / name).read_text())[True]
            inputs = (on["workflow_dispatch"] or {}).get("inputs", {})
            given = command.value("-f")
            assert given is None or given.split("=")[0] in inputs
        case ("variable", "set", name, *_):
            used = "".join(path.read_text() for path in workflows.iterdir())
            assert f"vars.{name} " in used


@cache
def _aws() -> botocore.session.Session:
    return botocore.session.get_session()


def check_aws(command: Command) -> None:
    """Operations and their flags, as the SDK's description of each service has them."""
    service, *rest = command.positional
    if service in {"configure", "eks"}:  # commands of the CLI's own
        return
    session = _aws()
    api = {"s3api": "s3"}.get(service, service)
    if rest[0] == "wait":
        known = session.get_waiter_model(api).waiter_names
        assert rest[1] in {xform_name(name, "-") for name in known}
        return
    model = session.get_service_model(api)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[rest[0]]).input_shape
    flags = {f"--{xform_name(name, '-')}" for name in (shape.members if shape else ())}
    assert set(command.flags) <= flags | {"--query", "--output"}


def check_helm(command: Command) -> None:
    """A chart that Argo CD installs too, in the same version."""
    charts = {
        each["spec"]["source"]["chart"]: each["spec"]["source"]
        for each in _argocd()
        if "chart" in each.get("spec", {}).get("source", {})
    }
    if (chart := charts.get(command.positional[2])) is not None:
        assert command.value("--version") == chart["targetRevision"]
        assert command.value("--repo") == chart["repoURL"]


def check_git(command: Command) -> None:
    known = "add checkout commit diff mv pull push rev-parse revert switch tag"
    assert command.positional[0] in known.split()


def check_nothing(_: Command) -> None:
    """A program of the system, or a function that the document defines."""


CHECKS: dict[str, Check] = {
    **dict.fromkeys(SYSTEM | functions(), check_nothing),
    **dict.fromkeys(OURS, check_ours),
    "argocd": check_argocd,
    "aws": check_aws,
    "docker": check_docker,
    "gh": check_gh,
    "git": check_git,
    "helm": check_helm,
    "k": check_kubectl,
    "kubectl": check_kubectl,
    "make": check_make,
    "terraform": check_terraform,
}


def check(command: Command) -> None:
    """That what a command names exists."""
    if re.match(rf"({FOLDERS})/", command.program):
        check_script(command)
    else:
        assert command.program in CHECKS, f"nobody knows {command.program}"
        CHECKS[command.program](command)


def documented() -> list[Command]:
    programs = set(CHECKS) - functions() | {"k"}
    return [each for path in DOCUMENTS for each in commands(path, programs)]


@pytest.mark.parametrize("command", documented(), ids=str)
def test_documented_commands_name_what_exists(command: Command) -> None:
    if command.words != ("k",):
        check(command)


@pytest.mark.parametrize(
    "line",
    [
        "argocd app set fotograma-prod --sync-policy none",
        "argocd app terminate-op fotograma-dev --core",
        "aws rds restore-db-instance --db-instance-identifier x",
        "aws rds modify-db-instance --apply-now",
        "docker compose logs mailer",
        "fotograma-auth make-admin you@example.org",
        "fotograma upload clip.mp4 --each 2",
        "gh workflow run deploy.yml",
        "helm install keda keda --repo https://kedacore.github.io/charts --version 2.20.1",
        "k exec deploy/video-background -- fotograma-video letters list",
        "k get scaledobject workers",
        "k get pods -l app.kubernetes.io/name=mailer",
        "k logs deploy/video --tail=100",
        "k wait --for=delete pod -l 'app.kubernetes.io/component in (api, mailer)'",
        "make deploy-prod",
        "scripts/maintenance begin",
        "scripts/maintain on",
        "terraform output -raw nobody",
        "terraform apply -var guarded=false",
    ],
)
def test_documented_commands_check_finds_what_does_not_exist(line: str, tmp_path: Path) -> None:
    path = tmp_path / "runbook.md"
    path.write_text(f"```sh\n{line}\n```\n")
    (found,) = commands(path, set())
    with pytest.raises((AssertionError, KeyError, OSError)):
        check(found)


def test_documented_commands_check_reads_every_document() -> None:
    """A block that is read as nothing would be believed."""
    read = {each.path.name for each in documented()}
    assert {"restore.md", "roll-back.md", "key-rotation.md", "one-host.md", "deploy.md"} <= read
    assert len(documented()) > 200


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documented_paths_exist(path: Path) -> None:
    words = [word for span in spans(path) for word in span.split()]
    words += [word for each in commands(path, set()) for word in each.arguments]
    named = {word for word in words if re.fullmatch(rf"(\.\./)*({FOLDERS})/[\w./-]+\.\w+", word)}
    named |= {word for word in words if re.fullmatch(r"(base|overlays|components)/[\w./-]+", word)}
    assert [word for word in sorted(named) if not exists(word)] == []


@cache
def _written() -> str:
    """All that is not documents, in small letters: code, manifests, Terraform, workflows."""
    folders = ("services", "libs", "cli", "local", "deploy", "infra", "bench", "scripts")
    roots = [ROOT / name for name in (*folders, "web/tests", ".github")]
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    files += [ROOT / name for name in ("docker-compose.yml", ".env.example", "Makefile")]
    texts = [path for path in files if path.suffix not in {".md", ".pyc", ".lock"}]
    return "\n".join(path.read_text(errors="replace") for path in texts).lower()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documented_settings_exist(path: Path) -> None:
    named = {name.lower() for span in spans(path) for name in SETTING.findall(span)}
    assert [name for name in sorted(named - OTHERS) if name not in _written()] == []
