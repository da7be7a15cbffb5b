"""How a VPC's /16 is cut: small public subnets, large private ones; each pod takes an address."""

from ipaddress import IPv4Network

ZONES = 3


def public_subnets(network: IPv4Network) -> list[IPv4Network]:
    """One /24 a zone, from the beginning."""
    return list(network.subnets(new_prefix=24))[:ZONES]


def private_subnets(network: IPv4Network) -> list[IPv4Network]:
    """One /19 a zone, after the one that the public subnets begin."""
    return list(network.subnets(new_prefix=19))[1 : 1 + ZONES]
