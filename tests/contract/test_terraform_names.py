"""What the installer says things on AWS are called is what Terraform calls them."""

import re

import pytest
from fixtures.installer import ROOT, example
from fotograma_installer.derived.gitops import site_values
from fotograma_installer.derived.workflows import workflow_outputs

MODULES = ROOT / "infra/terraform/modules"
GIVEN = {
    "local.name": "fotograma-prod",
    "var.name": "fotograma-prod",
    "var.cluster_name": "fotograma-prod",
    "var.project_name": "fotograma",
    "var.environment": "prod",
    "data.aws_caller_identity.current.account_id": "000000000000",
}
NAMED = {
    "NAME": ("environment", "${var.project_name}-${var.environment}"),
    "VIDEO_ROLE": ("service-roles", "${var.name}-${each.key}", "video"),
    "NOTIFY_ROLE": ("service-roles", "${var.name}-${each.key}", "notify"),
    "WORKER_ROLE": ("service-roles", "${var.name}-${each.key}", "worker"),
    "LOKI_ROLE": ("telemetry", "${local.name}-${each.key}", "loki"),
    "TEMPO_ROLE": ("telemetry", "${local.name}-${each.key}", "tempo"),
    "EXTERNAL_SECRETS_ROLE": ("platform", "${local.name}-external-secrets"),
    "EXTERNAL_DNS_ROLE": ("platform", "${local.name}-external-dns"),
    "NODE_ROLE": ("karpenter", "${var.cluster_name}-node"),
    "MAIL_QUEUE": ("product", "${local.name}-mail"),
    "FEEDBACK_QUEUE": ("ses-email-identity", "${var.name}-feedback"),
    "NOTIFY_TABLE": ("product", "${local.name}-notify"),
    "BUCKET": ("product", "${local.name}-videos-${data.aws_caller_identity.current.account_id}"),
    "LOGS_BUCKET": (
        "telemetry",
        "${local.name}-${each.value}-${data.aws_caller_identity.current.account_id}",
        "logs",
    ),
    "TRACES_BUCKET": (
        "telemetry",
        "${local.name}-${each.value}-${data.aws_caller_identity.current.account_id}",
        "traces",
    ),
}
"""By line of site.env: the module that makes it, the expression there, and which of several."""


@pytest.mark.parametrize("line", NAMED)
def test_name_is_what_terraform_makes(line: str) -> None:
    module, expression, *each = NAMED[line]
    assert f'"{expression}"' in (MODULES / module / "main.tf").read_text()
    given = GIVEN | dict.fromkeys(("each.key", "each.value"), "".join(each))
    evaluated = re.sub(r"\$\{([\w.]+)\}", lambda found: given[found[1]], expression)
    site = {name: value for part in site_values(example()).values() for name, value in part.items()}
    assert site[line] == evaluated


def test_whatever_bears_the_environments_name_is_compared() -> None:
    values = {k: v for part in site_values(example()).values() for k, v in part.items()}
    bear_it = {name for name, value in values.items() if "fotograma-prod" in value}
    assert bear_it - set(NAMED) == {"WEB_ACL"}
    assert "name  = var.name" in re.sub(" +=", "  =", (MODULES / "web-acl/main.tf").read_text())


def test_workflow_roles_are_those_that_terraform_makes() -> None:
    text = (MODULES / "github-oidc/main.tf").read_text()
    assert '"${var.name}-github-${each.key}"' in text
    for run in ("push", "plan", "apply"):
        assert re.search(rf"^    {run} +=", text, re.MULTILINE)
        arn = workflow_outputs(example())[f"{run}-role"]
        assert arn == f"arn:aws:iam::000000000000:role/fotograma-prod-github-{run}"


def test_state_is_where_the_role_of_plans_may_read_it() -> None:
    text = (MODULES / "environment/main.tf").read_text()
    assert "${var.state_bucket}/${var.environment}/terraform.tfstate" in text
