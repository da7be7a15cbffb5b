"""Terraform's variables of one environment, and where its state is."""

from typing import Any

from fotograma_installer.decisions import Environment
from fotograma_installer.derived.networks import private_subnets, public_subnets
from fotograma_installer.names import bucket_of_state


def terraform_variables(of: Environment) -> dict[str, Any]:
    """The contents of terraform.tfvars.json."""
    admin, *others = of.admins.principals
    return {
        "aws_region": of.region,
        "project_name": of.project,
        "size": of.size.value,
        "cidr_block": str(of.network),
        "public_subnet_cidrs": [str(each) for each in public_subnets(of.network)],
        "private_subnet_cidrs": [str(each) for each in private_subnets(of.network)],
        "zone_name": of.domain and of.domain.zone,
        "host_name": of.domain and of.domain.host,
        "sender": None if of.domain else of.mail.sender,
        "admin_user_arn": admin,
        "other_admin_arns": others,
        "public_access_cidrs": [str(each) for each in of.admins.networks],
        "github_repository": of.repository or "owner/fotograma",
        "revision": of.revision,
        "state_bucket": bucket_of_state(of),
        "first_of_account": of.first_of_account,
        "create_spot_role": of.create_spot_role,
        "video_retention_days": of.retention_days,
        "monthly_limit_usd": of.budget.monthly_usd,
        "alert_emails": of.alerts.emails,
        "telemetry": of.telemetry,
        "owner": of.tags.owner,
        "team": of.tags.team,
        "cost_center": of.tags.cost_center,
        "protected": of.protected,
    }


def terraform_backend(of: Environment) -> dict[str, str]:
    """The contents of backend.hcl."""
    return {
        "bucket": bucket_of_state(of),
        "key": f"{of.name}/terraform.tfstate",
        "region": of.region,
    }
