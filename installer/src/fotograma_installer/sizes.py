"""What an environment's size means to the cluster; to Terraform, modules/environment says."""

from dataclasses import dataclass
from types import MappingProxyType

from fotograma_installer.decisions import Size


@dataclass(frozen=True)
class Workers:
    """How many workers there may be, and the processors of the nodes that Karpenter may start."""

    least: int
    most: int
    cpus: int


@dataclass(frozen=True)
class Quotas:
    """What an account must be allowed: processors at once, by how they are paid, and addresses."""

    on_demand_vcpus: int
    spot_vcpus: int
    addresses: int


WORKERS = MappingProxyType(
    {
        Size.SMALL: Workers(least=1, most=4, cpus=16),
        Size.MEDIUM: Workers(least=1, most=40, cpus=64),
        Size.LARGE: Workers(least=2, most=120, cpus=200),
    }
)

# Three nodes that are always there, three of RabbitMQ's, and Karpenter's for the services.
QUOTAS = MappingProxyType(
    {
        Size.SMALL: Quotas(on_demand_vcpus=16, spot_vcpus=16, addresses=1),
        Size.MEDIUM: Quotas(on_demand_vcpus=20, spot_vcpus=64, addresses=3),
        Size.LARGE: Quotas(on_demand_vcpus=40, spot_vcpus=200, addresses=3),
    }
)

# US dollars, list prices of us-east-1, without what work adds: the table of docs/deploy.md.
MONTHLY_USD = MappingProxyType({Size.SMALL: 535, Size.MEDIUM: 900, Size.LARGE: 1300})
