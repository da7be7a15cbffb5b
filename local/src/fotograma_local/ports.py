"""Free ports on the loopback interface, remembered where an address has to stay."""

import itertools
import json
import random
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"
"""Where every server of the embedded stack listens."""

_PORTS = range(15_000, 32_768)


class PortTaken(Exception):
    """Somebody else listens on a port that was asked for."""


def is_free(port: int, host: str = HOST) -> bool:
    """Whether `port` can be listened on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = HOST) -> bool:
    """Whether somebody listens on `port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different.

    They lie below the range the kernel takes outgoing connections' ports from (32768 and up on
    Linux). Within it, a client that keeps trying a server that is down would now and then be
    given the server's own port, connect to itself, and keep the server from coming back.
    """
    candidates = random.sample(_PORTS, len(_PORTS))
    ports = list(itertools.islice((port for port in candidates if is_free(port)), count))
    if len(ports) < count:
        raise OSError(f"fewer than {count} free ports between {_PORTS[0]} and {_PORTS[-1]}")
    return ports


class PortBook:
    """Ports by name, kept in a file, so that a server is found where it was the last time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def assign(self, names: Sequence[str]) -> dict[str, int]:
        """A free port for each name: the one it had, unless somebody else has taken that."""
        remembered = self._read()
        kept = {
            name: remembered[name]
            for name in names
            if name in remembered and is_free(remembered[name])
        }
        missing = [name for name in names if name not in kept]
        ports = kept | dict(zip(missing, free_ports(len(missing)), strict=True))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(remembered | ports, indent=2) + "\n")
        return ports

    def _read(self) -> dict[str, int]:
        if not self._path.exists():
            return {}
        return {str(name): int(port) for name, port in json.loads(self._path.read_text()).items()}
