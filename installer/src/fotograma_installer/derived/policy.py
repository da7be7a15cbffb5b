"""What whoever deploys must be allowed: an IAM policy, for accounts that give no administrator."""

from typing import Any

from fotograma_installer.decisions import Environment
from fotograma_installer.names import bucket_of_state, environment_name

# What Terraform makes something of, and what is looked at before. Their names are not known before
# they are there (a VPC's id), or they cannot be named in a policy, so these are whole services.
SERVICES = (
    *("acm", "autoscaling", "budgets", "cloudwatch", "dynamodb", "ec2", "ecr", "eks", "events"),
    *("kms", "logs", "rds", "route53", "ses", "sns", "sqs", "wafv2"),
)


def deploying_policy(of: Environment) -> dict[str, Any]:
    """Roles, secrets and buckets are those of the environment alone."""
    name = environment_name(of)
    iam = f"arn:aws:iam::{of.account}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("WhatTerraformMakes", [f"{service}:*" for service in SERVICES], ["*"]),
            _allow("OwnRoles", ["iam:*"], _iam(iam, name)),
            _allow(
                "LookAround",
                [
                    *("iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy"),
                    *(
                        "servicequotas:Get*",
                        "servicequotas:List*",
                        "secretsmanager:GetRandomPassword",
                    ),
                    *("secretsmanager:ListSecrets", "s3:ListAllMyBuckets", "sts:GetCallerIdentity"),
                    *("tag:Get*",),
                ],
                ["*"],
            ),
            _allow(
                "OwnSecrets",
                ["secretsmanager:*"],
                [
                    f"arn:aws:secretsmanager:{of.region}:{of.account}:secret:{of.project}/{of.name}/*"
                ],
            ),
            _allow("OwnBuckets", ["s3:*"], _buckets(name, bucket_of_state(of))),
        ],
    }


def _iam(iam: str, name: str) -> list[str]:
    """The environment's, what AWS makes for its own services, and GitHub's issuer of tokens."""
    return [
        *(f"{iam}:{kind}/{name}*" for kind in ("role", "policy", "instance-profile")),
        f"{iam}:role/aws-service-role/*",
        f"{iam}:oidc-provider/token.actions.githubusercontent.com",
        f"{iam}:oidc-provider/oidc.eks.*",
    ]


def _buckets(name: str, state: str) -> list[str]:
    return [
        f"arn:aws:s3:::{bucket}{inside}" for bucket in (f"{name}-*", state) for inside in ("", "/*")
    ]


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
