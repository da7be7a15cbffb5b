"""A private SeaweedFS: S3 on the loopback interface, for users with keys of their own.

S3 is the last of four servers in one process. Those behind it listen on loopback ports as well,
and on sockets in /tmp whose names cannot be chosen: they speak with each other over TLS, with a
certificate that is made at each start, and answer nobody else.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from fotograma_local.aws import REGION, Aws
from fotograma_local.certificates import self_signed
from fotograma_local.containers import docker, docker_answers
from fotograma_local.ports import HOST, answers
from fotograma_local.processes import Process, Program, Server, base_environment
from fotograma_local.s3_users import PROVISION, S3User, identities

OPTIONS = Path(__file__).with_name("seaweedfs.options")
IMAGE = "chrislusf/seaweedfs:4.48"
OLDEST = (4, 26)
"""Older ones let strangers in."""
READY_SECONDS = 60.0
"""A few, but that two busy cores make more of them."""
MEMORY_LIMIT = "384MiB"
"""What Go may fill before it tidies up: a little more than it needs while 2 GiB come in."""
VOLUMES_AT_ONCE = "1"
"""How many files a bucket is given when it needs one; 7 unless told otherwise."""
_STOP_SECONDS = 2.0
"""Told to end, it waits 15 s for connections of its own. What it does meanwhile that would be lost
is to free the space of what was just deleted, each second; all else is in its files already."""
PARTS = ("master", "volume", "filer", "s3")
_PROBE_BUCKET, _PROBE_KEY, _PROBE = "fotograma-ready", "probe", b"here"
_VERSION_SECONDS = 20.0


class SeaweedFSMissing(Exception):
    """There is no SeaweedFS here, or only one that is too old."""


@dataclass(frozen=True)
class ObjectStore:
    """An S3 server's address, and the keys of its users by their names."""

    endpoint_url: str
    users: Mapping[str, S3User]

    def of(self, user: str) -> Aws:
        """The server, for one user."""
        keys = self.users[user]
        return Aws(self.endpoint_url, REGION, keys.access_key_id, keys.secret_access_key)


@dataclass(frozen=True)
class SeaweedFSPorts:
    """S3's, the ports of the servers behind it, and those of each for gRPC."""

    s3: int
    s3_grpc: int
    master: int
    master_grpc: int
    volume: int
    volume_grpc: int
    filer: int
    filer_grpc: int

    def of(self, part: str) -> tuple[int, int]:
        """HTTP and gRPC of one of the four."""
        return getattr(self, part), getattr(self, f"{part}_grpc")

    @property
    def options(self) -> list[str]:
        """All of them, for the command line."""
        ports = [(part, *self.of(part)) for part in PARTS]
        return [
            option
            for part, http, grpc in ports
            for option in (f"-{part}.port={http}", f"-{part}.port.grpc={grpc}")
        ]


class _SeaweedFS(Server):
    """What a process and a container have in common."""

    ready_seconds = READY_SECONDS

    def __init__(
        self, program: Program, folder: Path, *, port: int, users: Iterable[S3User], log: Path
    ) -> None:
        by_name = {user.name: user for user in users}
        self.address = ObjectStore(f"http://{HOST}:{port}", by_name)
        self._port = port
        self._folder = folder
        super().__init__(Process(program, log))

    def prepare(self) -> None:
        """Write the configuration."""
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        certificate = self_signed("seaweedfs")
        for name, content in {
            "s3.json": identities(self.address.users.values()),
            "grpc.crt": certificate.certificate,
            "grpc.key": certificate.key,
        }.items():
            path = self._folder / name
            path.touch(mode=0o600)
            path.write_text(content)

    def is_ready(self) -> bool:
        """Whether what is stored now can be read: it answers before it has found its volumes."""
        if not answers(self._port):
            return False
        try:
            self._store_probe()
            stored = self._client.get_object(Bucket=_PROBE_BUCKET, Key=_PROBE_KEY)
            return bool(stored["Body"].read() == _PROBE)
        except (BotoCoreError, ClientError):
            return False

    def _store_probe(self) -> None:
        with contextlib.suppress(self._client.exceptions.BucketAlreadyOwnedByYou):
            self._client.create_bucket(Bucket=_PROBE_BUCKET)
        self._client.put_object(Bucket=_PROBE_BUCKET, Key=_PROBE_KEY, Body=_PROBE)

    @cached_property
    def _client(self) -> Any:
        return self.address.of(PROVISION).client("s3", attempts=1)


class SeaweedFS(_SeaweedFS):
    """One private server; its data stays in `folder`."""

    def __init__(
        self, weed: str, folder: Path, *, ports: SeaweedFSPorts, users: Iterable[S3User], log: Path
    ) -> None:
        """One of `users` is called `provision` and may do everything. `weed` is the program."""
        self._ports = ports
        folder = folder.resolve()
        program = Program(
            "s3",
            (*_command(weed, OPTIONS), f"-s3.ip.bind={HOST}", *ports.options),
            {
                **_environment(),
                "HOME": str(folder),  # where it would look for configuration
                "TMPDIR": str(folder),
            },
            directory=folder,  # a path of a socket may have 107 characters; from here it is short
            stop_seconds=_STOP_SECONDS,
        )
        super().__init__(program, folder, port=ports.s3, users=users, log=log)

    def kill(self) -> None:
        """End it as a crash would."""
        super().kill()
        self._remove_sockets()

    def finish(self) -> None:
        """Wait for its end, having told it to."""
        super().finish()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        for part in PARTS:
            _, port = self._ports.of(part)
            # Somebody else's of that name, where everybody may write, is not for us to remove.
            with contextlib.suppress(FileNotFoundError, PermissionError):
                Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink()  # noqa: S108


class SeaweedFSContainer(_SeaweedFS):
    """A server in a container of its own; its data stays in `folder`, in the same form."""

    ready_seconds = READY_SECONDS + 300.0
    """The first start may have to fetch the image."""

    def __init__(self, folder: Path, *, port: int, users: Iterable[S3User], log: Path) -> None:
        """One of `users` is called `provision` and may do everything."""
        folder = folder.resolve()
        self._name = f"fotograma-s3-{port}"
        environment = _environment()
        program = Program(
            "s3",
            (
                *("docker", "run", "--rm", "--name", self._name),
                *("--user", f"{os.getuid()}:{os.getgid()}", "--workdir", "/store"),
                *(f"--env={name}" for name in environment),
                *("--publish", f"{HOST}:{port}:8333"),
                *("--volume", f"{folder}:/store", "--volume", f"{OPTIONS}:/options:ro"),
                *("--entrypoint", "", IMAGE),
                *(*_command("weed", Path("/options")), "-s3.ip.bind=0.0.0.0", "-s3.port=8333"),
            ),
            environment,
            stop_seconds=_STOP_SECONDS,
            orphan_signal=signal.SIGTERM,  # the client hands it on to the container
        )
        super().__init__(program, folder, port=port, users=users, log=log)

    def prepare(self) -> None:
        """Remove the container of a run that was killed; a client's death does not end it."""
        docker("rm", "--force", self._name)
        super().prepare()

    def kill(self) -> None:
        """Kill the container, and with it the client that waits for it."""
        docker("kill", self._name)
        super().kill()

    def finish(self) -> None:
        """Let it end, having told it to; a killed client would leave the container running."""
        if not self.process.wait(_STOP_SECONDS):
            docker("kill", self._name)
        super().finish()


def seaweedfs_server(
    folder: Path, *, ports: SeaweedFSPorts, users: Iterable[S3User], log: Path
) -> SeaweedFS | SeaweedFSContainer:
    """The wheel's SeaweedFS, or the system's, or a container where Docker answers.

    Raises `SeaweedFSMissing` when there is none of them.
    """
    weed = find_weed()
    if weed is not None:
        return SeaweedFS(weed, folder, ports=ports, users=users, log=log)
    if docker_answers():
        return SeaweedFSContainer(folder, port=ports.s3, users=users, log=log)
    oldest = ".".join(map(str, OLDEST))
    raise SeaweedFSMissing(
        f"SeaweedFS is needed, and has no wheel for this machine: "
        f"put its program weed, {oldest} or newer, into the search path, or start Docker"
    )


def find_weed() -> str | None:
    """SeaweedFS's program: the wheel's, or one in the search path that is new enough."""
    of_wheel = Path(sys.executable).with_name("weed")
    if of_wheel.exists():
        return str(of_wheel)
    found = shutil.which("weed")
    return found if found and _version(found) >= OLDEST else None


def _version(weed: str) -> tuple[int, ...]:
    """What it says of itself: `version 8000GB 4.48 …`."""
    said = subprocess.run(  # noqa: S603 - the program that we would run
        [weed, "version"],
        check=False,
        capture_output=True,
        text=True,
        env=base_environment(),
        timeout=_VERSION_SECONDS,
    ).stdout
    number = re.search(r"^version \S+ (\d+)\.(\d+)", said, re.MULTILINE)
    return tuple(map(int, number.groups())) if number else ()


def _command(weed: str, options: Path) -> tuple[str, ...]:
    return (
        *(weed, "-logtostderr", "server", f"-options={options}"),
        *("-dir=data", "-s3.config=s3.json"),
        *("-filer.localSocket=filer.sock", "-s3.localSocket=s3.sock"),
    )


def _environment() -> dict[str, str]:
    """How its parts know each other, and what has no option."""
    certificates = {
        f"WEED_GRPC_{part}_{kind}": f"grpc.{suffix}"
        for part in ("MASTER", "VOLUME", "FILER", "S3", "CLIENT")
        for kind, suffix in (("CERT", "crt"), ("KEY", "key"))
    }
    signing_keys = {
        f"WEED_JWT_{server}_{kind}": secrets.token_urlsafe()
        for server in ("SIGNING", "FILER_SIGNING")
        for kind in ("KEY", "READ_KEY")
    }
    return {
        **certificates,
        **signing_keys,
        "WEED_GRPC_CA": "grpc.crt",
        "WEED_MASTER_VOLUME_GROWTH_COPY_1": VOLUMES_AT_ONCE,
        "GOMEMLIMIT": MEMORY_LIMIT,
    }
