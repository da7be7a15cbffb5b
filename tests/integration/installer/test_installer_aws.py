"""What the installer asks and makes itself, against MiniStack."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fixtures.emulators import OpenAwsServer
from fixtures.installer import ready
from fotograma_installer.aws import Aws, AwsRefused
from fotograma_installer.names import bucket_of_state
from fotograma_local.aws import Aws as Address
from fotograma_local.ports import free_ports


class WholeAwsServer(OpenAwsServer):
    """Has what an account has beside what the product uses."""

    def settings(self) -> Mapping[str, str]:
        """All the services that are asked."""
        return {"SERVICES": "ec2,ecr,eks,iam,route53,s3,secretsmanager,ses,sts"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    folder = tmp_path_factory.mktemp("aws")
    (port,) = free_ports(1)
    server = WholeAwsServer(folder, port=port, secret="any", log=folder / "log")
    server.start()
    yield server.address
    server.stop()


@pytest.fixture
def aws(address: Address, monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in address.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address.endpoint_url)
    return Aws("us-east-1")


def test_state_bucket_is_made_once_private_and_versioned(aws: Aws, address: Address) -> None:
    name = bucket_of_state(ready())
    assert aws.make_private_bucket(name) is True
    assert aws.make_private_bucket(name) is False
    s3 = address.client("s3")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}


def test_state_that_is_there_is_found(aws: Aws, address: Address) -> None:
    assert aws.has_object("nowhere-at-all", "prod/terraform.tfstate") is False
    aws.make_private_bucket("states")
    assert aws.has_object("states", "prod/terraform.tfstate") is False
    address.client("s3").put_object(Bucket="states", Key="prod/terraform.tfstate", Body=b"{}")
    assert aws.has_object("states", "prod/terraform.tfstate") is True


def test_secret_is_kept_and_read(aws: Aws) -> None:
    assert aws.secret("fotograma/prod/smoke-test") is None
    aws.keep_secret("fotograma/prod/smoke-test", {"email": "a@b.org", "password": "x"})
    assert aws.secret("fotograma/prod/smoke-test") == {"email": "a@b.org", "password": "x"}
    with pytest.raises(AwsRefused, match="secretsmanager"):
        aws.keep_secret("fotograma/prod/smoke-test", {})


def test_account_tells_who_asks_and_what_it_has(aws: Aws, address: Address) -> None:
    assert aws.identity().account == "000000000000"
    assert aws.has_role("AWSServiceRoleForEC2Spot") is False
    address.client("iam").create_role(RoleName="there", AssumeRolePolicyDocument="{}", Path="/a/")
    assert aws.role_arn("there") == "arn:aws:iam::000000000000:role/a/there"
    assert aws.addresses() == 0
    assert aws.has_cluster("fotograma-prod") is False


def test_public_zone_is_found(aws: Aws, address: Address) -> None:
    assert aws.has_zone("example.org") is False
    address.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
    assert aws.has_zone("example.org") is True
    assert aws.has_zone("ample.org") is False


def test_nobody_signed_in_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: Address
) -> None:
    for name in address.environment:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(AwsRefused, match="aws configure sso"):
        Aws("us-east-1").identity()
