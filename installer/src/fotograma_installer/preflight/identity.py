"""Who deploys: in the right account, known to the cluster afterwards, with the rights it takes."""

import re
from collections.abc import Iterator

from fotograma_installer.aws import Aws, AwsRefused, Identity
from fotograma_installer.decisions import Environment
from fotograma_installer.names import github_role
from fotograma_installer.preflight.findings import Finding, either, failure, good, warning

NEEDED = (
    *("acm:RequestCertificate", "budgets:ModifyBudget", "cloudwatch:PutMetricAlarm"),
    *("dynamodb:CreateTable", "ec2:CreateVpc", "ec2:AllocateAddress", "ecr:CreateRepository"),
    *("eks:CreateCluster", "iam:CreateRole", "iam:CreateOpenIDConnectProvider", "iam:PassRole"),
    *("kms:CreateKey", "logs:CreateLogGroup", "rds:CreateDBInstance"),
    *("route53:ChangeResourceRecordSets", "s3:CreateBucket", "secretsmanager:CreateSecret"),
    *("ses:CreateEmailIdentity", "sns:CreateTopic", "sqs:CreateQueue", "wafv2:CreateWebACL"),
)
"""Of each service that Terraform makes something of, what makes the first of it."""
SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d+):assumed-role/([^/]+)/")


def check_identity(of: Environment, aws: Aws) -> Iterator[Finding]:
    """Raises `AwsRefused` if nobody is signed in."""
    identity = aws.identity()
    yield either(
        identity.account == of.account,
        f"signed in to {identity.account}",
        f"signed in to {identity.account}, and {of.name} belongs into {of.account}",
        "export AWS_PROFILE=<the account's>, or account: in config/fotograma.yaml",
    )
    if identity.arn.endswith(":root"):
        yield failure(
            "signed in as root",
            "an IAM user or role with the rights: aws configure sso, or aws configure",
        )
        return
    principal = _lasting(identity, aws)
    yield either(
        principal in (*of.admins.principals, github_role(of, "apply")),
        f"{principal} will administer the cluster",
        f"{principal} may make the cluster, and would not be let into it",
        f'admins.principals: ["{principal}"] in config/fotograma.yaml',
    )
    yield _rights(of, principal, aws)


def _lasting(identity: Identity, aws: Aws) -> str:
    """The user, or of a session the role with its path, which STS does not tell."""
    if (session := SESSION.match(identity.arn)) is None:
        return identity.arn
    partition, account, role = session.groups()
    return aws.role_arn(role) or f"arn:{partition}:iam::{account}:role/{role}"


def _put_policy(principal: str) -> str:
    kind = "role" if ":role/" in principal else "user"
    name = principal.rpartition("/")[2]
    return f"aws iam put-{kind}-policy --{kind}-name {name} --policy-name deploy-fotograma"


def _rights(of: Environment, principal: str, aws: Aws) -> Finding:
    try:
        denied = aws.denied(principal, NEEDED)
    except AwsRefused as error:
        return warning(f"rights cannot be looked up: {error}", "allow iam:SimulatePrincipalPolicy")
    if denied:
        return failure(
            f"not allowed: {', '.join(denied)}",
            f'{_put_policy(principal)} --policy-document "$(make --silent policy ENV={of.name})"',
        )
    return good("may make all it takes")
