"""What `fotograma up` and `make up` run: the whole stack, until Ctrl-C."""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fotograma_local.emulated_objects import ObjectsNotMoved
from fotograma_local.gateway import CaddyMissing, certificate
from fotograma_local.ports import PortTaken
from fotograma_local.postgres_programs import PostgresUnusable
from fotograma_local.processes import NotReady
from fotograma_local.rabbitmq import USER as RABBITMQ_USER
from fotograma_local.rabbitmq import RabbitMQMissing
from fotograma_local.s3_users import PROVISION, access_key_id
from fotograma_local.seaweedfs import SeaweedFSMissing
from fotograma_local.services import API_PROCESSES, BUCKET, DATABASES
from fotograma_local.stack import AlreadyRunning, Options, Stack, run_stack
from fotograma_local.traces import TraceReceiver

PORT = 8080
DEFAULT_URL = f"http://localhost:{PORT}"
"""Where the `fotograma` command looks unless it is told otherwise."""
WORKERS = 2
DATA = Path(".fotograma")

_CANNOT_START = (
    CaddyMissing,
    NotReady,
    ObjectsNotMoved,
    PostgresUnusable,
    RabbitMQMissing,
    SeaweedFSMissing,
)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ENDED, _FAILED, _KILLED = 0, 1, 130


def run(
    *,
    port: int = PORT,
    data: Path = DATA,
    workers: int = WORKERS,
    https: bool = False,
    traces: bool = False,
) -> int:
    """Run a stack until Ctrl-C or SIGTERM; returns the exit status.

    `port` is the gateway's, `data` the folder that everything is kept in; `https` has the gateway
    answer by https; `traces` prints what each request and each upload went through.
    """
    console = Console(highlight=False, soft_wrap=True)
    options = Options(data.resolve(), port, workers, https)
    run_it = _run_traced if traces else _run
    try:
        return asyncio.run(run_it(options, console))
    except AlreadyRunning as error:
        return _fail(console, f"It runs already: {error}.")
    except PortTaken as error:
        return _fail(console, f"{error}. Choose another one: --port {port + 1}")
    except _CANNOT_START as error:
        return _fail(console, str(error))


async def _run_traced(options: Options, console: Console) -> int:
    async with TraceReceiver(console.print).running() as endpoint:
        traced = {"*": {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "500"}}
        return await _run(replace(options, overrides=traced), console)


async def _run(options: Options, console: Console) -> int:
    started = time.monotonic()
    with _ended_by_signals(console), contextlib.suppress(asyncio.CancelledError):
        async with run_stack(options, partial(_say, console)) as stack:
            _introduce(stack, options, console, time.monotonic() - started)
            await asyncio.Event().wait()
    _say(console, f"Stopped. Everything is kept in {_shown(options.folder)}.")
    return _ENDED


@contextlib.contextmanager
def _ended_by_signals(console: Console) -> Iterator[None]:
    """Cancel this task at the first signal; at the second one leave at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a running loop runs a task
    stopping = False

    def end() -> None:
        nonlocal stopping
        if stopping:
            os._exit(_KILLED)  # and the kernel kills the children
        stopping = True
        _say(console, "Stopping. Ctrl-C again kills.")
        task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _introduce(stack: Stack, options: Options, console: Console, seconds: float) -> None:
    secrets = _shown(options.folder / "secrets")
    places = {
        "API": stack.url + ", ".join(f"{prefix}/docs" for prefix in API_PROCESSES),
        "Mailbox": stack.gateway.mailbox_url,
        "S3": (
            f"{stack.store.endpoint_url}, bucket {BUCKET}, user {access_key_id(PROVISION)}, "
            f"password in {secrets}/{PROVISION}-s3"
        ),
        "RabbitMQ": (
            f"{stack.rabbitmq.management_url}, user {RABBITMQ_USER}, password in {secrets}/rabbitmq"
        ),
        "PostgreSQL": (
            f"{stack.postgres.host}:{stack.postgres.port}, databases {' and '.join(DATABASES)}, "
            f"passwords in {secrets}/<name>-database"
        ),
        "Logs": f"{_shown(stack.logs)}/",
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, place in places.items():
        table.add_row(name, place)
    console.print(f"\n[bold green]Fotograma runs at {stack.url}[/] (after {seconds:.0f} s)\n")
    console.print(table)
    console.print("\nYour first video, from another shell:\n")
    trusted = certificate(options.folder / "gateway") if options.https else None
    for command in first_video(stack.url, trusted):
        console.print(f"  {command}", style="cyan")
    console.print("\nCtrl-C ends everything.")


def first_video(url: str, trusted: Path | None = None) -> list[str]:
    """The commands that open an account and get the frames of a video.

    `trusted` is the certificate of the authority to trust, where it is the gateway's own.
    """
    command = _command()
    return [
        *([] if url == DEFAULT_URL else [f"export FOTOGRAMA_SERVER={url}"]),
        *([f"export SSL_CERT_FILE={shlex.quote(str(trusted))}"] if trusted else []),
        f"{command} register you@example.com",
        f"{command} login you@example.com",
        f"{command} upload video.mp4 --wait -o .",
    ]


def _command() -> str:
    """How this environment's `fotograma` is called from here."""
    installed = Path(sys.executable).with_name("fotograma")
    found = shutil.which("fotograma")
    if found is not None and Path(found).resolve() == installed.resolve():
        return "fotograma"
    return shlex.quote(_shown(installed))


def _shown(path: Path) -> str:
    """A path as it is called from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _say(console: Console, line: str) -> None:
    console.print(line, style="dim", markup=False)


def _fail(console: Console, line: str) -> int:
    console.print(line, style="red", markup=False)
    return _FAILED
