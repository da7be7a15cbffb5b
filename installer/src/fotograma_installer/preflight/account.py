"""Whether the account has room, a zone, and mail; and what it has already that it has once only."""

from collections.abc import Iterator

from fotograma_installer.aws import Aws
from fotograma_installer.decisions import Environment
from fotograma_installer.derived.terraform import terraform_backend
from fotograma_installer.names import environment_name, url
from fotograma_installer.preflight.findings import Finding, either, failure, good, warning
from fotograma_installer.sizes import QUOTAS

ON_DEMAND_VCPUS = ("ec2", "L-1216C47A")
SPOT_VCPUS = ("ec2", "L-34B43A08")
ADDRESSES = ("ec2", "L-0263D0A3")
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = "module.environment.module.github.aws_iam_openid_connect_provider.github[0]"
SPOT_ROLE = "AWSServiceRoleForEC2Spot"


def check_account(of: Environment, aws: Aws) -> Iterator[Finding]:
    """What is needed once is not looked for where this environment is there already."""
    if of.domain is not None:
        yield _zone(of.domain.zone, aws)
    yield from _mail(of, aws)
    if aws.has_cluster(environment_name(of)):
        yield good(f"the cluster {environment_name(of)} is there: what it took is not looked for")
        return
    yield from _quotas(of, aws)
    if not aws.has_object(*_state(of)):
        yield from _once(of, aws)


def _state(of: Environment) -> tuple[str, str]:
    backend = terraform_backend(of)
    return backend["bucket"], backend["key"]


def _zone(zone: str, aws: Aws) -> Finding:
    return either(
        aws.has_zone(zone),
        f"the zone {zone} is in Route 53",
        f"no public hosted zone {zone} in this account",
        f"aws route53 create-hosted-zone --name {zone} --caller-reference {zone}, and its name"
        " servers at the registrar",
    )


def _mail(of: Environment, aws: Aws) -> Iterator[Finding]:
    if aws.sends_to_everybody():
        yield good("SES sends to everybody")
        return
    yield warning(
        "SES is in its sandbox: users get no mail to confirm their address, so only accounts that"
        " an operator opens can be used; people at AWS answer within a day",
        "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL"
        f" --website-url {url(of)} --contact-language EN --use-case-description"
        ' "One mail to confirm an account, one when a video a user uploaded is done. Bounces and'
        ' complaints come back by SNS and put an address on a suppression list."'
        f" --region {of.region}",
    )


def _quotas(of: Environment, aws: Aws) -> Iterator[Finding]:
    needed = QUOTAS[of.size]
    wanted = (
        (ON_DEMAND_VCPUS, needed.on_demand_vcpus, "processors on demand"),
        (SPOT_VCPUS, needed.spot_vcpus, "processors on spot"),
        (ADDRESSES, aws.addresses() + needed.addresses, "elastic addresses"),
    )
    for (service, code), least, what in wanted:
        allowed = aws.quota(service, code).value
        yield either(
            allowed >= least,
            f"{allowed:.0f} {what}",
            f"{allowed:.0f} {what}, and {least} are needed",
            f"aws service-quotas request-service-quota-increase --service-code {service}"
            f" --quota-code {code} --desired-value {least} --region {of.region}",
        )


def _once(of: Environment, aws: Aws) -> Iterator[Finding]:
    """An account has one of each; Terraform would fail on the second after half an hour."""
    makes_role = of.first_of_account if of.create_spot_role is None else of.create_spot_role
    has_role = aws.has_role(SPOT_ROLE)
    yield either(
        makes_role is not has_role,
        f"{SPOT_ROLE} is {'there' if has_role else 'made'}",
        f"{SPOT_ROLE} is {'there already' if has_role else 'not there, and would not be made'}",
        f"create_spot_role: {str(not has_role).lower()} in config/fotograma.yaml",
    )
    if of.first_of_account and aws.has_oidc_provider(GITHUB):
        yield failure(
            "GitHub's OIDC provider is there already",
            f"terraform import {PROVIDER}"
            f" arn:aws:iam::{of.account}:oidc-provider/{GITHUB}, after `terraform init`",
        )
