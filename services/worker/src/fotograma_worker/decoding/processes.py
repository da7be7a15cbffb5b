"""The processes that decode: start the fork server, have it fork children, exchange messages, kill.

The worker is not a child's parent. It holds a pidfd of each, so that it can never signal another
process that was given the same id, and the fork server sends it their exit codes.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self, assert_never

import structlog

from fotograma_worker import metrics
from fotograma_worker.fork_events import EVENT, EventKind
from fotograma_worker.protocol import HEADER, Kind, message

log = structlog.get_logger(__name__)

_STREAM_BUFFER = 1 << 20
_STDERR_LINES = 20
_STDERR_CHUNK = 4096
_START_SECONDS = 30.0
"""How long starting a child may take, including a fork server that must be started first."""
_END_SECONDS = 5.0
"""How long a killed child may take to exit."""
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
"""The whole environment of the fork server and its children. Without the first variable numpy would
start threads; without the second each decoding thread would keep an arena of its own."""


class ForkServerDown(Exception):
    """No child can be started now; the file is not the cause."""


class ChildExited(Exception):
    """The child exited without an end note."""


class ProtocolError(Exception):
    """The child sent a message that is not allowed."""


@dataclass(frozen=True, eq=False)
class Forked:
    """A forked process. The holder closes its pidfd."""

    pid: int
    pidfd: int
    exit_code: asyncio.Future[int]
    """Negative for a signal."""

    def kill(self) -> None:
        """Kill the process, if it still runs."""
        try:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return


class ForkServer:
    """Keeps a fork server running.

    A worker calls `start` first, before it reads a credential, in the thread that lives as long as
    the worker: the kernel kills the server when that thread exits.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._run: _Run | None = None

    def start(self) -> None:
        """Execute the server; it takes about half a second to be ready."""
        self._run = _Run(self._module)

    async def __aenter__(self) -> Self:
        self._running()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.end()

    @property
    def is_ready(self) -> bool:
        """Whether a child can be forked at once."""
        return self._run is not None and self._run.is_ready

    @property
    def pid(self) -> int | None:
        """The server's process id."""
        return None if self._run is None else self._run.pid

    async def fork(self, connection: socket.socket, stderr: int) -> Forked:
        """Fork a child that communicates over `connection`. The caller keeps and closes both
        descriptors.

        Raises `ForkServerDown`.
        """
        try:
            async with asyncio.timeout(_START_SECONDS):
                try:
                    return await self._running().fork(connection, stderr)
                except ForkServerDown:  # it may have exited unnoticed
                    return await self._running().fork(connection, stderr)
        except TimeoutError as error:
            raise ForkServerDown(f"no child within {_START_SECONDS:.0f} s") from error

    def _running(self) -> "_Run":
        if self._run is None or self._run.has_ended:
            self._run = _Run(self._module)
        self._run.listen(self._restart)
        return self._run

    def _restart(self, run: "_Run") -> None:
        """Start another server; if this one never became ready, the next `fork` does."""
        was_ready = run.is_ready
        log.error("fork server ended", pid=run.pid, was_ready=was_ready)
        run.end()
        if run is self._run and was_ready:
            self._running()


class _Run:
    """One fork server, from its start to its end."""

    def __init__(self, module: str) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(0)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
                [
                    *(sys.executable, "-I", "-m", "fotograma_worker.engine.forkserver"),
                    *(str(theirs.fileno()), str(os.getpid()), module),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                pass_fds=(theirs.fileno(),),
            )
        self._on_end: Callable[[_Run], None] | None = None
        self._ready = asyncio.Event()
        self._requests: deque[asyncio.Future[Forked]] = deque()
        self._children: dict[int, Forked] = {}
        self.has_ended = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it has loaded its modules and still runs."""
        return self._ready.is_set() and not self.has_ended

    def listen(self, on_end: "Callable[[_Run], None]") -> None:
        """Receive its events in the running loop from now on; call `on_end` when it exits by
        itself.
        """
        if self._on_end is None:
            self._on_end = on_end
            asyncio.get_running_loop().add_reader(self._control, self._receive_event)

    async def fork(self, connection: socket.socket, stderr: int) -> Forked:
        """Request a child. Raises `ForkServerDown`."""
        await self._ready.wait()
        if self.has_ended:
            raise ForkServerDown("the fork server ended")
        answer: asyncio.Future[Forked] = asyncio.get_running_loop().create_future()
        try:
            socket.send_fds(self._control, [b"fork"], [connection.fileno(), stderr])
        except OSError as error:
            raise ForkServerDown(str(error)) from error
        self._requests.append(answer)
        return await answer

    def end(self) -> None:
        """Kill the server; its children die with it."""
        if self.has_ended:
            return
        self.has_ended = True
        if self._on_end is not None:
            asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._ready.set()
        for answer in self._requests:
            if not answer.done():
                answer.set_exception(ForkServerDown("the fork server ended"))
        for child in self._children.values():
            child.exit_code.set_result(-signal.SIGKILL)

    def _receive_event(self) -> None:
        try:
            event, descriptors, _, _ = socket.recv_fds(self._control, EVENT.size, 1)
        except BlockingIOError:
            return
        except OSError:
            event, descriptors = b"", []
        if not event:
            assert self._on_end is not None  # noqa: S101 - it was given with the reader
            self._on_end(self)
            return
        kind, pid, number = EVENT.unpack(event)
        event_kind = EventKind(kind)
        match event_kind:
            case EventKind.READY:
                self._ready.set()
            case EventKind.FORKED:
                self._forked(pid, *descriptors)
            case EventKind.REFUSED:
                self._refused(number)
            case EventKind.ENDED:
                self._children.pop(pid).exit_code.set_result(number)
            case _:
                assert_never(event_kind)

    def _forked(self, pid: int, pidfd: int) -> None:
        child = Forked(pid, pidfd, asyncio.get_running_loop().create_future())
        self._children[pid] = child
        answer = self._requests.popleft()
        if answer.done():  # the request was cancelled meanwhile
            child.kill()
            os.close(pidfd)
        else:
            answer.set_result(child)

    def _refused(self, number: int) -> None:
        answer = self._requests.popleft()
        if not answer.done():
            answer.set_exception(ForkServerDown(f"fork: {os.strerror(number)}"))


class Child:
    """A decoding child and the connection to it."""

    def __init__(
        self,
        process: Forked,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        stderr: asyncio.StreamReader,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._stderr_tail: deque[str] = deque(maxlen=_STDERR_LINES)
        self._listening = asyncio.create_task(self._listen(stderr))

    @classmethod
    async def start(cls, server: ForkServer) -> Self:
        """Start a child, which waits for its job. Raises `ForkServerDown`."""
        with ExitStack() as until_forked:
            ours, theirs = socket.socketpair()
            until_forked.callback(theirs.close)
            reader, writer = await asyncio.open_connection(sock=ours, limit=_STREAM_BUFFER)
            failed = until_forked.enter_context(ExitStack())
            failed.callback(writer.close)
            stderr, their_stderr = await _open_stderr()
            until_forked.callback(os.close, their_stderr)
            process = await server.fork(theirs, their_stderr)
            failed.pop_all()
        metrics.CHILDREN.inc()
        return cls(process, reader, writer, stderr)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def send(self, kind: Kind, body: bytes) -> None:
        """Send one message. Raises `ChildExited`."""
        try:
            self._writer.writelines(message(kind, body))
            await self._writer.drain()
        except ConnectionError as error:
            raise ChildExited from error

    async def receive(self, limit: int) -> tuple[Kind, bytes]:
        """Wait for a message of at most `limit` bytes. Raises `ChildExited` or `ProtocolError`."""
        try:
            number, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            if length > limit:
                raise ProtocolError(f"message {number} of {length} bytes")
            body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ChildExited from error
        try:
            return Kind(number), body
        except ValueError as error:
            raise ProtocolError(f"message {number}") from error

    async def ended(self) -> int:
        """Wait for the child to exit and return its exit code: negative for a signal."""
        async with asyncio.timeout(_END_SECONDS):
            return await asyncio.shield(self._process.exit_code)

    async def kill(self) -> None:
        """Kill the child and wait until it is gone."""
        self._process.kill()
        self._writer.close()
        try:
            await self.ended()
            async with asyncio.timeout(_END_SECONDS):
                await self._listening
        except TimeoutError:
            log.exception("decoding child does not end", pid=self.pid)
            self._listening.cancel()
        os.close(self._process.pidfd)
        metrics.CHILDREN.dec()

    @property
    def stderr_tail(self) -> str:
        """The last lines that it wrote to standard error."""
        return "\n".join(self._stderr_tail)

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(_STDERR_CHUNK):
            self._stderr_tail.extend(chunk.decode(errors="replace").splitlines())


async def _open_stderr() -> tuple[asyncio.StreamReader, int]:
    """Open a pipe for standard error; return our end to read from, and the child's end."""
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader(limit=_STDERR_CHUNK)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", buffering=0)
    )
    return reader, theirs
