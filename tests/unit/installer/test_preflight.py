"""What is looked at before a deployment: each thing that is not so is told with what mends it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from fixtures.installer import ADMIN, READY, StandInAws, example, ready
from fixtures.stage import Stage
from fotograma_installer.checkout import Checkout
from fotograma_installer.decisions import Environment
from fotograma_installer.preflight.checks import findings
from fotograma_installer.preflight.findings import Finding, Verdict
from fotograma_installer.programs import Programs

VERSIONS = {
    "terraform": {"*version*": "echo Terraform v1.13.2"},
    "aws": {"*--version*": "echo aws-cli/2.31.0 Python/3.13.7"},
    "kubectl": {"*version*": "echo 'Client Version: v1.35.1'"},
    "git": {"*--version*": "echo git version 2.50.1"},
    "docker": {"*--version*": "echo Docker version 28.3.0, build x"},
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    for program, answers in VERSIONS.items():
        made.answer(program, answers)
    return made


def found(
    of: Environment, stage: Stage, changes: Mapping[tuple[str, str], Any] | None = None
) -> list[Finding]:
    aws = StandInAws({**READY, **(changes or {})})
    return [*findings(of, Checkout(stage.folder), Programs(stage.folder, stage.variables), aws)]


def mended_by(of: Environment, stage: Stage, changes: Mapping[tuple[str, str], Any]) -> str:
    """What mends the one thing that is wrong."""
    (wrong,) = (each for each in found(of, stage, changes) if each.verdict is not Verdict.GOOD)
    return wrong.remedy


def test_ready_account_has_nothing_to_mend(stage: Stage) -> None:
    assert {each.verdict for each in found(ready(), stage)} == {Verdict.GOOD}


def test_example_is_no_decision(stage: Stage) -> None:
    wrong = [
        each.what
        for each in found(example().model_copy(update={"repository": None}), stage)
        if each.verdict is Verdict.FAILURE
    ]
    assert wrong[:4] == [
        "the account is the example's",
        "fotograma.example.com is the example's",
        "no repository for Argo CD to follow",
        "203.0.113.0/24 is the example's",
    ]


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        (
            {("sts", "get_caller_identity"): {"Account": "999999999999", "Arn": ADMIN}},
            "export AWS_PROFILE=",
        ),
        (
            {("sts", "get_caller_identity"): {"Account": "123456789012", "Arn": "arn:x:root"}},
            "an IAM user or role",
        ),
        (
            {
                ("iam", "simulate_principal_policy"): {
                    "EvaluationResults": [
                        {"EvalActionName": "eks:CreateCluster", "EvalDecision": "implicitDeny"}
                    ]
                }
            },
            "aws iam put-user-policy --user-name terraform-admin --policy-name",
        ),
        ({("iam", "simulate_principal_policy"): "AccessDenied"}, "iam:SimulatePrincipalPolicy"),
        (
            {("route53", "list_hosted_zones_by_name"): {"HostedZones": []}},
            "aws route53 create-hosted-zone --name fotograma.dev",
        ),
        (
            {("sesv2", "get_account"): {"ProductionAccessEnabled": False}},
            "aws sesv2 put-account-details --production-access-enabled",
        ),
        (
            {("ec2", "describe_addresses"): {"Addresses": [{}] * 254}},
            "--quota-code L-0263D0A3 --desired-value 257 --region us-east-1",
        ),
        ({("iam", "get_role"): {"Role": {"Arn": "arn"}}}, "create_spot_role: false"),
        (
            {
                ("iam", "list_open_id_connect_providers"): {
                    "OpenIDConnectProviderList": [
                        {"Arn": "arn:x:oidc-provider/token.actions.githubusercontent.com"}
                    ]
                }
            },
            "terraform import module.environment.module.github",
        ),
        ({("eks", "describe_cluster"): "AccessDenied"}, "aws sts get-caller-identity"),
    ],
)
def test_what_is_wrong_is_told_with_what_mends_it(
    changes: Mapping[tuple[str, str], Any], remedy: str, stage: Stage
) -> None:
    assert remedy in mended_by(ready(), stage, changes)


@pytest.mark.parametrize(
    ("code", "needed"), [("L-1216C47A", 20), ("L-34B43A08", 64), ("L-0263D0A3", 3)]
)
def test_small_quota_is_told_with_the_request_that_raises_it(
    code: str, needed: int, stage: Stage
) -> None:
    def quota(QuotaCode: str, **_: Any) -> Any:  # noqa: N803 - as AWS calls it
        return {"Quota": {"Value": 1.0 if QuotaCode == code else 256.0}}

    remedy = mended_by(ready(), stage, {("service-quotas", "get_service_quota"): quota})
    assert f"--quota-code {code} --desired-value {needed} " in remedy


def test_role_of_a_session_is_named_with_its_path(stage: Stage) -> None:
    """STS does not tell it, and without it the cluster's access entry is refused."""
    session = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1/me"
    role = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"

    def get_role(RoleName: str) -> Any:  # noqa: N803 - as AWS calls it
        return "NoSuchEntity" if "Spot" in RoleName else {"Role": {"Arn": role}}

    changes = {
        ("sts", "get_caller_identity"): {"Account": "123456789012", "Arn": session},
        ("iam", "get_role"): get_role,
    }
    assert mended_by(ready(), stage, changes) == (
        f'admins.principals: ["{role}"] in config/fotograma.yaml'
    )


def test_workflow_may_deploy_with_its_own_role(stage: Stage) -> None:
    session = "arn:aws:sts::123456789012:assumed-role/fotograma-prod-github-apply/GitHubActions"
    changes = {("sts", "get_caller_identity"): {"Account": "123456789012", "Arn": session}}
    assert {each.verdict for each in found(ready(), stage, changes)} == {Verdict.GOOD}


def test_nobody_signed_in_is_told(stage: Stage) -> None:
    wrong = found(ready(), stage, {("sts", "get_caller_identity"): NoCredentialsError()})
    told = next(each for each in wrong if each.verdict is Verdict.FAILURE)
    assert "aws configure sso" in told.what


def test_environment_that_is_there_is_not_asked_for_room(stage: Stage) -> None:
    changes = {
        ("eks", "describe_cluster"): {"cluster": {}},
        ("service-quotas", "get_service_quota"): {"Quota": {"Value": 0.0}},
        ("iam", "get_role"): {"Role": {"Arn": "arn"}},
    }
    assert {each.verdict for each in found(ready(), stage, changes)} == {Verdict.GOOD}


def test_begun_environment_is_not_asked_for_what_it_made(stage: Stage) -> None:
    changes = {("s3", "head_object"): {}, ("iam", "get_role"): {"Role": {"Arn": "arn"}}}
    assert {each.verdict for each in found(ready(), stage, changes)} == {Verdict.GOOD}


@pytest.mark.parametrize(
    ("program", "said", "told"),
    [
        ("terraform", "echo Terraform v1.9.8", "terraform 1.9.8: 1.11 is needed"),
        ("aws", "echo aws-cli/1.32.0", "aws 1.32.0: 2 is needed"),
        ("kubectl", "echo Client Version: v1.30.2", "kubectl 1.30.2: 1.34 is needed"),
        ("docker", "exit 1", "docker --version …: "),
    ],
)
def test_old_or_broken_tool_is_told(program: str, said: str, told: str, stage: Stage) -> None:
    stage.answer(program, {"*": said})
    (wrong,) = (each for each in found(ready(), stage) if each.verdict is Verdict.FAILURE)
    assert wrong.what == told
    assert wrong.remedy.startswith(("https://", "brew install"))


def test_missing_tool_is_told(stage: Stage) -> None:
    (stage.folder / "terraform").unlink()
    programs = Programs(stage.folder, {**stage.variables, "PATH": str(stage.folder)})
    told = [*findings(ready(), Checkout(stage.folder), programs, StandInAws(READY))]
    wrong = [each.what for each in told if each.verdict is Verdict.FAILURE]
    assert "terraform is not installed" in wrong


def test_released_images_need_no_docker(stage: Stage) -> None:
    stage.answer("docker", {"*": "exit 1"})
    released = ready().model_copy(update={"images": "ghcr.io/someone/fotograma"})
    assert {each.verdict for each in found(released, stage)} == {Verdict.GOOD}


def test_variables_written_by_hand_are_told(stage: Stage) -> None:
    folder = Checkout(stage.folder).terraform("prod")
    folder.mkdir(parents=True)
    (folder / "terraform.tfvars").touch()
    assert "terraform.tfvars" in mended_by(ready(), stage, {})


def test_budget_below_the_estimate_is_told(stage: Stage) -> None:
    of = ready()
    poor = of.model_copy(update={"budget": of.budget.model_copy(update={"monthly_usd": 100})})
    assert "monthly_usd: 900" in mended_by(poor, stage, {})
