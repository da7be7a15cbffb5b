"""What an operator decides about one environment; config/fotograma.yaml.example explains it."""

import re
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

ENVIRONMENTS = ("dev", "staging", "prod")
NO_ACCOUNT = "000000000000"
LOAD_BALANCERS = "elb.amazonaws.com"
UNKNOWN = "unknown"
"""The name of a load balancer that is not there yet."""
HOST = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/.+")


class Size(StrEnum):
    """How large an environment is; `sizes` says what that means."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Decisions(BaseModel):
    """A part of the file. Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Domain(Decisions):
    """Where users find the product."""

    zone: str
    host: str

    @field_validator("zone", "host")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not HOST.fullmatch(name):
            raise ValueError("a host name in small letters, without https://")
        return name

    @model_validator(mode="after")
    def _is_in_the_zone(self) -> Self:
        if not f".{self.host}".endswith(f".{self.zone}"):
            raise ValueError(f"{self.host} is not in the zone {self.zone}")
        return self


class Admins(Decisions):
    """Who administers the cluster, and from where."""

    principals: Annotated[list[str], Field(min_length=1)]
    networks: Annotated[list[IPv4Network], Field(min_length=1)]

    @field_validator("principals")
    @classmethod
    def _are_lasting(cls, principals: list[str]) -> list[str]:
        for principal in principals:
            if not PRINCIPAL.fullmatch(principal):
                raise ValueError(
                    f"{principal}: the ARN of an IAM user or role; of a role that you have assumed,"
                    " the role's, not the session's"
                )
        return principals

    @field_validator("networks")
    @classmethod
    def _are_not_everybody(cls, networks: list[IPv4Network]) -> list[IPv4Network]:
        if IPv4Network("0.0.0.0/0") in networks:
            raise ValueError("not 0.0.0.0/0: Kubernetes' API is not for the whole Internet")
        return networks


def _is_an_address(address: str) -> str:
    if not EMAIL.fullmatch(address):
        raise ValueError(f"{address}: an e-mail address")
    return address


class Mail(Decisions):
    """The address that mail comes from."""

    sender: str

    _address = field_validator("sender")(_is_an_address)


class Alerts(Decisions):
    """Who is told of costs, and of what AWS itself notices."""

    emails: Annotated[list[str], Field(min_length=1)]

    @field_validator("emails")
    @classmethod
    def _are_addresses(cls, emails: list[str]) -> list[str]:
        return [_is_an_address(email) for email in emails]


class Budget(Decisions):
    """What a month may cost before somebody is told."""

    monthly_usd: Annotated[int, Field(gt=0)]


class Tags(Decisions):
    """What bills are told apart by."""

    owner: str = "platform-team"
    team: str = "platform"
    cost_center: str = "engineering"


class Environment(Decisions):
    """All that is decided about one environment."""

    name: Literal["dev", "staging", "prod"]
    project: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,19}$")] = "fotograma"
    account: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    domain: Domain | None
    admins: Admins
    size: Size
    mail: Mail
    alerts: Alerts
    budget: Budget

    target: Literal["eks", "compose"] = "eks"
    network: IPv4Network = IPv4Network("10.0.0.0/16")
    repository: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$")] | None
    ) = None
    revision: str = "main"
    address: str | None = None
    images: str | None = None
    version: str | None = None
    protected: bool = True
    telemetry: Literal["grafana", "cloudwatch", "datadog"] = "grafana"
    retention_days: Annotated[int, Field(ge=1)] = 365
    first_of_account: bool = True
    create_spot_role: bool | None = None
    tags: Tags = Tags()

    @property
    def host(self) -> str:
        """Where users find it; without a domain, the load balancer's own name, once it is known."""
        if self.domain is not None:
            return self.domain.host
        return self.address or f"{UNKNOWN}.{self.region}.{LOAD_BALANCERS}"

    @field_validator("domain", mode="before")
    @classmethod
    def _may_be_none(cls, domain: object) -> object:
        return None if domain == "none" else domain

    @field_validator("network")
    @classmethod
    def _has_room(cls, network: IPv4Network) -> IPv4Network:
        if network.prefixlen != 16:
            raise ValueError("a network of /16, such as 10.0.0.0/16")
        return network

    @model_validator(mode="after")
    def _sends_from_its_domain(self) -> Self:
        if self.domain and self.mail.sender.rpartition("@")[2] != self.domain.host:
            raise ValueError(f"mail.sender: {self.mail.sender} is not of {self.domain.host}")
        return self
