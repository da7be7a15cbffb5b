"""What the installer asks AWS itself, and the little it makes there beside Terraform."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fotograma_installer.errors import InstallerError

CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
)
WITHOUT_LOCATION = "us-east-1"
"""The region whose name S3 does not take when a bucket is made."""
MISSING = {
    *("404", "NoSuchEntity", "NoSuchBucket", "NoSuchKey", "NotFound", "NotFoundException"),
    *("NoSuchResourceException", "ResourceNotFoundException"),
}


class AwsRefused(InstallerError):
    """AWS cannot be asked, or does not allow it."""


class Identity(NamedTuple):
    """Who asks."""

    account: str
    arn: str


class Quota(NamedTuple):
    """A limit of the account: its code, and how much of it there may be."""

    service: str
    code: str
    value: float


class Aws:
    """An account in a region, as whom the AWS CLI speaks."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.Session(region_name=region)

    def identity(self) -> Identity:
        """Raises `AwsRefused`, also for somebody who is not signed in."""
        found = self._ask("sts", "get_caller_identity")
        return Identity(found["Account"], found["Arn"])

    def role_arn(self, name: str) -> str | None:
        """A role's whole ARN, with the path that a session's does not show."""
        found = self._find("iam", "get_role", RoleName=name)
        return None if found is None else str(found["Role"]["Arn"])

    def has_role(self, name: str) -> bool:
        """Whether the account has a role of this name."""
        return self.role_arn(name) is not None

    def has_oidc_provider(self, issuer: str) -> bool:
        """Whether the account believes this issuer of tokens."""
        providers = self._ask("iam", "list_open_id_connect_providers")["OpenIDConnectProviderList"]
        return any(each["Arn"].endswith(f"/{issuer}") for each in providers)

    def denied(self, principal: str, actions: Iterable[str]) -> list[str]:
        """Which of these actions IAM would refuse."""
        found = self._ask(
            "iam", "simulate_principal_policy", PolicySourceArn=principal, ActionNames=[*actions]
        )
        results = found["EvaluationResults"]
        return [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]

    def quota(self, service: str, code: str) -> Quota:
        """What the account is allowed at present."""
        found = self._ask(
            "service-quotas", "get_service_quota", ServiceCode=service, QuotaCode=code
        )
        return Quota(service, code, found["Quota"]["Value"])

    def addresses(self) -> int:
        """How many elastic IP addresses the account has in the region."""
        return len(self._ask("ec2", "describe_addresses")["Addresses"])

    def has_cluster(self, name: str) -> bool:
        """Whether there is a cluster of this name."""
        return self._find("eks", "describe_cluster", name=name) is not None

    def has_zone(self, name: str) -> bool:
        """Whether the account has this public hosted zone."""
        found = self._ask("route53", "list_hosted_zones_by_name", DNSName=name, MaxItems="1")
        return any(
            each["Name"] == f"{name}." and not each["Config"]["PrivateZone"]
            for each in found["HostedZones"]
        )

    def sends_to_everybody(self) -> bool:
        """Whether SES is out of its sandbox."""
        return bool(self._ask("sesv2", "get_account")["ProductionAccessEnabled"])

    def has_object(self, bucket: str, key: str) -> bool:
        """Whether a bucket holds this object; no bucket holds none."""
        return self._find("s3", "head_object", Bucket=bucket, Key=key) is not None

    def make_private_bucket(self, name: str) -> bool:
        """Ensure a bucket that keeps versions and is nobody else's. Returns whether it is new."""
        is_new = self._find("s3", "head_bucket", Bucket=name) is None
        if is_new:
            where = {} if self.region == WITHOUT_LOCATION else {"LocationConstraint": self.region}
            given = {"CreateBucketConfiguration": where} if where else {}
            self._ask("s3", "create_bucket", Bucket=name, **given)
        self._ask(
            "s3",
            "put_bucket_versioning",
            Bucket=name,
            VersioningConfiguration={"Status": "Enabled"},
        )
        blocked = (
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        )
        self._ask(
            "s3",
            "put_public_access_block",
            Bucket=name,
            PublicAccessBlockConfiguration=dict.fromkeys(blocked, True),
        )
        return is_new

    def certificate(self, domain: str) -> str | None:
        """The certificate that somebody brought for this name, as PEM, or `None`."""
        listed = self._ask(
            "acm", "list_certificates", CertificateStatuses=["ISSUED"], MaxItems=1000
        )
        for each in listed["CertificateSummaryList"]:
            if each["DomainName"] == domain:
                found = self._ask("acm", "get_certificate", CertificateArn=each["CertificateArn"])
                return str(found["Certificate"])
        return None

    def bring_certificate(self, certificate: str, key: str) -> None:
        """Let load balancers find a certificate by its name."""
        self._ask(
            "acm",
            "import_certificate",
            Certificate=certificate.encode(),
            PrivateKey=key.encode(),
        )

    def secret(self, name: str) -> dict[str, str] | None:
        """A secret that is a JSON object, or `None`."""
        found = self._find("secretsmanager", "get_secret_value", SecretId=name)
        return None if found is None else dict(json.loads(found["SecretString"]))

    def keep_secret(self, name: str, values: dict[str, str]) -> None:
        """Make a secret that is a JSON object."""
        self._ask("secretsmanager", "create_secret", Name=name, SecretString=json.dumps(values))

    def _find(self, service: str, operation: str, **given: Any) -> dict[str, Any] | None:
        """An answer, or `None` where AWS says that there is no such thing."""
        try:
            return self._call(service, operation, **given)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise AwsRefused(f"{service}: {error}") from error

    def _ask(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        try:
            return self._call(service, operation, **given)
        except ClientError as error:
            raise AwsRefused(f"{service}: {error}") from error

    def _call(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        try:
            return self._send(service, operation, **given)
        except BotoCoreError as error:
            raise AwsRefused(
                f"AWS cannot be asked ({error}): aws configure sso, or sign in"
            ) from error

    def _send(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        client = self._session.client(service, config=CONFIG)
        ask: Callable[..., dict[str, Any]] = getattr(client, operation)
        try:
            return ask(**given)
        finally:
            client.close()
