"""MiniStack: SQS, SES and DynamoDB on one port of the loopback interface.

It takes what is signed with its secret key (see `emulator`). What it holds is written to its folder
when it is stopped and read again at the next start; the mailbox starts empty.
"""

import json
import signal
import sys
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

from botocore.config import Config
from fotograma_kit.aws import new_session

from fotograma_local.ports import HOST
from fotograma_local.processes import Process, Program, Server

REGION = "us-east-1"
ACCESS_KEY_ID = "local"
SECRET_ACCESS_KEY = "local"  # noqa: S105 - a container's takes any
KEY_HEADER = "X-Fotograma-Key"
"""Bears the secret key to pages of the emulator's own."""
_SERVICES = "sqs,ses,dynamodb,sts"
_REQUEST_SECONDS = 10.0
_ATTEMPTS = 3
_STOP_SECONDS = 20.0
"""It writes its state while it stops."""


@cache  # it is slow to make, and threads may share it
def _client(address: "Aws", service: str, attempts: int) -> Any:
    return new_session().client(
        service,
        endpoint_url=address.endpoint_url,
        region_name=address.region,
        aws_access_key_id=address.access_key_id,
        aws_secret_access_key=address.secret_access_key,
        config=Config(
            connect_timeout=_REQUEST_SECONDS,
            read_timeout=_REQUEST_SECONDS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": "path"},
        ),
    )


@dataclass(frozen=True)
class Aws:
    """An address at which services of AWS answer, and credentials for them."""

    endpoint_url: str
    region: str = REGION
    access_key_id: str = ACCESS_KEY_ID
    secret_access_key: str = field(default=SECRET_ACCESS_KEY, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The credentials, as boto3 looks for them."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, *, attempts: int = _ATTEMPTS) -> Any:
        """The boto3 client of one service: `s3`, `sqs`, `sesv2`, `dynamodb`."""
        return _client(self, service, attempts)

    @property
    def mailbox_url(self) -> str:
        """Where the mail can be read that SES was asked to send."""
        return f"{self.endpoint_url}/_ministack/ses/messages"

    def mailbox(self) -> list[dict[str, Any]]:
        """The mail that SES was asked to send, oldest first: `To`, `Subject`, `BodyText` …"""
        by_account = json.loads(self._get(self.mailbox_url))["messages"]
        return [mail for mails in by_account.values() for mail in mails]

    def answers(self) -> bool:
        """Whether it takes requests."""
        try:
            self._get(f"{self.endpoint_url}/_ministack/ready")
        except (OSError, HTTPException):
            return False
        return True

    def _get(self, url: str) -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(url, headers={KEY_HEADER: self.secret_access_key})  # noqa: S310 - the address is ours
        with opener.open(request, timeout=_REQUEST_SECONDS) as answer:
            return bytes(answer.read())


class AwsServer(Server):
    """One private MiniStack; what it holds stays in `folder`."""

    def __init__(self, folder: Path, *, port: int, secret: str, log: Path) -> None:
        self.address = Aws(f"http://{HOST}:{port}", secret_access_key=secret)
        self._folder = folder
        super().__init__(Process(self._program(port), log))

    def prepare(self) -> None:
        """Make the folders."""
        for name in ("state", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)

    def is_ready(self) -> bool:
        """Whether it takes requests."""
        return self.address.answers()

    def _program(self, port: int) -> Program:
        return Program(
            "aws",
            (sys.executable, "-m", "fotograma_local.emulator"),
            {
                **self.address.environment,  # whose signatures it takes
                "GATEWAY_PORT": str(port),
                "BIND_HOST": HOST,
                "MINISTACK_HOST": HOST,
                "MINISTACK_REGION": REGION,
                "SERVICES": _SERVICES,
                "SFTP_ENABLED": "0",
                "IOT_MTLS_ENABLED": "0",
                "DOCKER_HOST": "unix:///nonexistent",  # it has no business with containers
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self._folder / "state"),
                "TMPDIR": str(self._folder / "tmp"),
                "LOG_LEVEL": "WARNING",
            },
            stop_seconds=_STOP_SECONDS,
            orphan_signal=signal.SIGTERM,
        )
