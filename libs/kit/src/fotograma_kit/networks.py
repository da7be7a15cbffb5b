"""Network addresses: whose request it is, behind how many proxies."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_IPV6_NETWORK_BITS = 64
"""What one customer of a provider has at least."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(
    peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]
) -> str | None:
    """The address a request comes from; None where it has none, as over a UNIX socket.

    `X-Forwarded-For` grows at its end, and anybody may send one to begin with. So it is read from
    the end, and believed only as long as a trusted proxy wrote it.
    """
    hops = [hop.strip() for header in forwarded_for for hop in header.split(",")]
    address = _parsed(peer)
    while address is not None and hops and any(address in network for network in trusted):
        before = _parsed(hops.pop())
        if before is None:
            break
        address = before
    return None if address is None else str(address)


@lru_cache(maxsize=4_096)
def limited_network(address: str | None) -> str:
    """What a limit counts by: the address, or an IPv6 address's /64 network."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _IPV6_NETWORK_BITS), strict=False))
    return "unknown" if parsed is None else str(parsed)


def _parsed(text: str | None) -> Address | None:
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
