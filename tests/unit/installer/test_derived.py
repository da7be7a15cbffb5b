"""What follows from the decisions, and that each decision reaches every place."""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.installer import ROOT, decided, example
from fotograma_installer.checkout import Checkout, NotOurs, site_file
from fotograma_installer.decisions import Environment
from fotograma_installer.derived.compose import compose_settings
from fotograma_installer.derived.gitops import site_values
from fotograma_installer.derived.policy import deploying_policy
from fotograma_installer.derived.terraform import terraform_backend, terraform_variables
from fotograma_installer.derived.workflows import workflow_outputs
from fotograma_installer.preflight.identity import NEEDED
from fotograma_installer.reading import read_environments

PLACES: dict[str, Callable[[Environment], Any]] = {
    "terraform": terraform_variables,
    "backend": terraform_backend,
    "site": lambda of: {k: v for part in site_values(of).values() for k, v in part.items()},
    "workflows": workflow_outputs,
    "compose": compose_settings,
}


def changed(tmp_path: Path, before: str, after: str) -> dict[str, set[str]]:
    """Which values of prod a change of the file changes, by place."""
    old = example()
    new = read_environments(decided(tmp_path, (before, after)), "someone/fotograma")["prod"]
    return {
        place: names
        for place, of in PLACES.items()
        if (names := {name for name, value in of(new).items() if of(old)[name] != value})
    }


@pytest.mark.parametrize(
    ("before", "after", "reaches"),
    [
        (
            'account: "000000000000"',
            'account: "123456789012"',
            {
                "terraform": {"state_bucket"},
                "backend": {"bucket"},
                "site": {"ACCOUNT_ID", "BUCKET", "LOGS_BUCKET", "TRACES_BUCKET"},
                "workflows": {"registry", "push-role", "plan-role", "apply-role"},
            },
        ),
        (
            "region: us-east-1",
            "region: sa-east-1",
            {
                "terraform": {"aws_region"},
                "backend": {"region"},
                "site": {"REGION"},
                "workflows": {"region", "registry"},
                "compose": {"AWS_REGION"},
            },
        ),
        (
            "project: fotograma",
            "project: quadros",
            {
                "terraform": {"project_name", "state_bucket"},
                "backend": {"bucket"},
                "site": {
                    *("PROJECT", "NAME", "BUCKET", "WEB_ACL", "NODE_ROLE", "VIDEO_ROLE"),
                    *("NOTIFY_ROLE", "WORKER_ROLE", "EXTERNAL_SECRETS_ROLE", "EXTERNAL_DNS_ROLE"),
                    *("MAIL_QUEUE", "FEEDBACK_QUEUE", "NOTIFY_TABLE", "LOKI_ROLE", "LOGS_BUCKET"),
                    *("TEMPO_ROLE", "TRACES_BUCKET"),
                },
                "workflows": {"cluster", "registry", "push-role", "plan-role", "apply-role"},
            },
        ),
        (
            "size: medium",
            "size: large",
            {
                "terraform": {"size"},
                "site": {"MIN_WORKERS", "MAX_WORKERS", "WORKER_CPUS"},
                "compose": {"WORKERS"},
            },
        ),
        (
            "  sender: no-reply@",
            "  sender: hello@",
            {"site": {"SENDER"}, "compose": {"NOTIFY_SENDER"}},
        ),
        ("[platform@example.com]", "[a@b.org]", {"terraform": {"alert_emails"}}),
        ("monthly_usd: 1000", "monthly_usd: 1", {"terraform": {"monthly_limit_usd"}}),
        ("user/terraform-admin", "role/admin", {"terraform": {"admin_user_arn"}}),
        ("203.0.113.0/24", "198.51.100.0/24", {"terraform": {"public_access_cidrs"}}),
    ],
)
def test_decision_reaches_every_place(
    before: str, after: str, reaches: dict[str, set[str]], tmp_path: Path
) -> None:
    assert changed(tmp_path, before, after) == reaches


def test_host_reaches_every_place(tmp_path: Path) -> None:
    path = decided(
        tmp_path,
        ("host: fotograma.example.com", "host: f.example.com"),
        ("no-reply@fotograma.example.com", "no-reply@f.example.com"),
    )
    new = read_environments(path)["prod"]
    assert PLACES["terraform"](new)["host_name"] == "f.example.com"
    assert PLACES["site"](new)["HOST"] == "f.example.com"
    assert PLACES["workflows"](new)["url"] == "https://f.example.com"
    assert PLACES["compose"](new)["PUBLIC_URL"] == "https://f.example.com"


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_environment_gets_no_value_of_another(name: str) -> None:
    for place in PLACES.values():
        text = json.dumps(place(example(name)))
        for other in {"dev", "staging", "prod"} - {name}:
            assert not re.search(rf"\b{other}\b", text)


def test_admins_are_the_first_and_the_others(tmp_path: Path) -> None:
    one, two = (f"arn:aws:iam::000000000000:role/{name}" for name in "ab")
    path = decided(tmp_path, ("arn:aws:iam::000000000000:user/terraform-admin", f'{one}", "{two}'))
    given = terraform_variables(read_environments(path)["prod"])
    assert (given["admin_user_arn"], given["other_admin_arns"]) == (one, [two])


class TestWithoutADomain:
    def decided(self, tmp_path: Path) -> Environment:
        zone = "domain:\n  zone: example.com\n  host: fotograma.example.com\n"
        path = decided(
            tmp_path,
            (zone, "domain: none\n"),
            ("no-reply@fotograma.example.com", "me@example.net"),
            ("host: staging.fotograma", "zone: example.com, host: staging.fotograma"),
            ("host: dev.fotograma", "zone: example.com, host: dev.fotograma"),
        )
        return read_environments(path)["prod"]

    def test_terraform_makes_no_records(self, tmp_path: Path) -> None:
        given = terraform_variables(self.decided(tmp_path))
        assert (given["zone_name"], given["host_name"]) == (None, None)
        assert given["sender"] == "me@example.net"

    def test_host_is_the_load_balancers_name_once_it_is_known(self, tmp_path: Path) -> None:
        of = self.decided(tmp_path)
        assert PLACES["site"](of)["HOST"] == "unknown.us-east-1.elb.amazonaws.com"
        name = "k8s-fotograma-1.us-east-1.elb.amazonaws.com"
        known = of.model_copy(update={"address": name})
        assert PLACES["site"](known)["HOST"] == name
        assert workflow_outputs(known)["url"] == f"https://{name}"

    def test_name_that_was_found_stays(self, tmp_path: Path) -> None:
        of = self.decided(tmp_path)
        here = Checkout(tmp_path)
        here.site("prod").mkdir(parents=True)
        assert here.with_known_address(of) == of
        known = of.model_copy(update={"address": "k8s-1.us-east-1.elb.amazonaws.com"})
        (here.site("prod") / "site.env").write_text(site_file(known))
        assert here.with_known_address(of) == known

    def test_name_of_another_account_is_not_believed(self, tmp_path: Path) -> None:
        of = self.decided(tmp_path)
        here = Checkout(tmp_path)
        here.site("prod").mkdir(parents=True)
        other = of.model_copy(
            update={"account": "999999999999", "address": "k8s-1.elb.amazonaws.com"}
        )
        (here.site("prod") / "site.env").write_text(site_file(other))
        assert here.with_known_address(of) == of


def test_subnets_lie_apart_within_the_network() -> None:
    given = terraform_variables(example("staging"))
    assert given["public_subnet_cidrs"] == ["10.2.0.0/24", "10.2.1.0/24", "10.2.2.0/24"]
    assert given["private_subnet_cidrs"] == ["10.2.32.0/19", "10.2.64.0/19", "10.2.96.0/19"]


def test_terraform_is_given_variables_that_it_has() -> None:
    text = (ROOT / "infra/terraform/environments/prod/variables.tf").read_text()
    declared = dict(re.findall(r'^variable "(\w+)" \{(.*?)^\}', text, re.MULTILINE | re.DOTALL))
    given = set(terraform_variables(example()))
    assert given <= set(declared)
    assert {name for name, body in declared.items() if "default" not in body} <= given


class TestDeployingPolicy:
    def allowed(self, action: str) -> list[str]:
        """The resources on which a policy for prod allows an action."""
        statements = deploying_policy(example())["Statement"]
        return [
            resource
            for each in statements
            if any(fnmatch(action, pattern) for pattern in each["Action"])
            for resource in each["Resource"]
        ]

    @pytest.mark.parametrize("action", NEEDED)
    def test_allows_all_that_is_looked_for_before(self, action: str) -> None:
        assert self.allowed(action)

    @pytest.mark.parametrize(
        "action",
        ["iam:CreateRole", "iam:PassRole", "secretsmanager:GetSecretValue", "s3:GetObject"],
    )
    def test_allows_roles_secrets_and_objects_of_the_environment_alone(self, action: str) -> None:
        own = ("fotograma-prod", "fotograma/prod/", "fotograma-terraform-state-", "oidc-provider/")
        for resource in self.allowed(action):
            assert any(part in resource for part in (*own, "aws-service-role/"))

    def test_stays_below_the_size_of_a_policy(self) -> None:
        """IAM takes 2,048 characters of a policy that is a user's own, white space aside."""
        assert len(json.dumps(deploying_policy(example()), separators=(",", ":"))) < 2048

    def test_nobody_else_is_made(self) -> None:
        for action in ("iam:CreateUser", "iam:CreateAccessKey", "organizations:LeaveOrganization"):
            assert not any(":user/" in each or each == "*" for each in self.allowed(action))


class TestCheckout:
    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Checkout:
        made = Checkout(tmp_path)
        for name in ("dev", "staging", "prod"):
            made.terraform(name).mkdir(parents=True)
            made.site(name).mkdir(parents=True)
            committed = Checkout(ROOT).site(name) / "kustomization.yaml"
            (made.site(name) / "kustomization.yaml").write_bytes(committed.read_bytes())
        return made

    def test_writes_for_one_environment_alone(self, checkout: Checkout) -> None:
        checkout.write(example("staging"))
        written = {path for path in checkout.root.rglob("*") if path.is_file()}
        assert {path.name for path in written} == {
            *("terraform.tfvars.json", "backend.hcl", "site.env", "kustomization.yaml"),
        }
        for other in ("dev", "prod"):
            assert not (checkout.site(other) / "site.env").exists()
            assert not list(checkout.terraform(other).iterdir())

    def test_writes_what_changed_only(self, checkout: Checkout) -> None:
        assert len(checkout.write(example())) == 6  # images are where the example has them
        assert checkout.write(example()) == []

    def test_terraform_reads_what_is_written(self, checkout: Checkout) -> None:
        checkout.write(example())
        folder = checkout.terraform("prod")
        assert json.loads((folder / "terraform.tfvars.json").read_text())["size"] == "medium"
        assert 'key = "prod/terraform.tfstate"\n' in (folder / "backend.hcl").read_text()

    def test_keeps_the_tags_of_images(self, checkout: Checkout) -> None:
        path = checkout.site("prod") / "kustomization.yaml"
        path.write_text(path.read_text().replace("0" * 40, "1.2.0"))
        checkout.write(example().model_copy(update={"images": "ghcr.io/someone/fotograma"}))
        assert path.read_text().count('newTag: "1.2.0"') == 5
        assert path.read_text().count("newName: ghcr.io/someone/fotograma/") == 5

    @pytest.mark.parametrize("chosen", ["grafana", "cloudwatch", "datadog"])
    def test_site_brings_what_telemetry_needs(self, checkout: Checkout, chosen: str) -> None:
        checkout.write(example().model_copy(update={"telemetry": chosen}))
        for folder, kind in (("telemetry", "components"), ("agents", "argocd")):
            path = checkout.site("prod") / folder / "kustomization.yaml"
            (named,) = yaml.safe_load(path.read_text())["components"]
            brought = (ROOT / path.parent.relative_to(checkout.root) / named).resolve()
            assert brought == ROOT / "deploy/k8s" / kind / "telemetry" / chosen
            assert brought.is_dir()

    def test_one_host_gets_the_settings_of_compose(self, checkout: Checkout) -> None:
        host = example("dev").model_copy(update={"target": "compose"})
        checkout.write(host)
        assert list(checkout.root.rglob("site.env")) == []
        settings = (checkout.root / ".env").read_text()
        known = (ROOT / ".env.example").read_text()
        for name in re.findall(r"^([A-Z_]+)=", settings, re.MULTILINE):
            assert f"#{name}=" in known

    def test_settings_written_by_hand_are_kept(self, checkout: Checkout) -> None:
        (checkout.root / ".env").write_text("PUBLIC_URL=https://mine.example.org\n")
        with pytest.raises(NotOurs, match="move it away"):
            checkout.write(example("dev").model_copy(update={"target": "compose"}))


def test_committed_examples_are_those_of_the_example_file(tmp_path: Path) -> None:
    """`make documents` writes them."""
    committed = Checkout(ROOT)
    for name, each in read_environments(ROOT / "config/fotograma.yaml.example").items():
        made = Checkout(tmp_path)
        for folder in (made.terraform(name), made.site(name)):
            folder.mkdir(parents=True)
        (made.site(name) / "kustomization.yaml").write_bytes(
            (committed.site(name) / "kustomization.yaml").read_bytes()
        )
        for path in made.write_example(each):
            assert path.read_text() == (ROOT / path.relative_to(tmp_path)).read_text()
