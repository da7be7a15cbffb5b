"""Requests a second, and how long they take: what the gateway costs a small request."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from uuid import uuid4

import httpx
from fotograma_local.stack import Stack

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an account that lives for minutes
NO_LIMITS = {"RATE_USER_BURST": "1000000", "RATE_NETWORK_BURST": "1000000"}
"""How fast requests are answered is measured, not how many one user may send."""
CLIENTS = 8
SECONDS, QUICK_SECONDS = 20.0, 2.0


@dataclass(frozen=True)
class Throughput:
    """Of one way to the service, with eight clients; milliseconds."""

    per_second: float
    p50: float
    p95: float


async def registered(stack: Stack) -> tuple[str, dict[str, str]]:
    """Somebody new: the address, and the headers of their requests."""
    account = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=stack.url, timeout=30, trust_env=False) as http:
        (await http.post("/auth/register", json=account)).raise_for_status()
        tokens = (await http.post("/auth/login", json=account)).raise_for_status().json()
    return account["email"], {"Authorization": f"Bearer {tokens['access_token']}"}


async def throughput(url: str, headers: dict[str, str], *, quick: bool) -> Throughput:
    """`GET /video` again and again, by clients that wait for each answer."""
    seconds = QUICK_SECONDS if quick else SECONDS
    until = time.monotonic() + seconds
    rounds = await asyncio.gather(*(_ask(url, headers, until) for _ in range(CLIENTS)))
    taken = sorted(each for one in rounds for each in one)
    milliseconds = [each * 1000 for each in taken]
    return Throughput(
        per_second=len(taken) / seconds,
        p50=statistics.median(milliseconds),
        p95=milliseconds[int(len(milliseconds) * 0.95)],
    )


async def _ask(url: str, headers: dict[str, str], until: float) -> list[float]:
    taken = []
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=30, trust_env=False
    ) as http:
        while time.monotonic() < until:
            started = time.perf_counter()
            (await http.get("/video")).raise_for_status()
            taken.append(time.perf_counter() - started)
    return taken
