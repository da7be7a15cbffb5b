"""Child processes that do not outlive us.

Every child leads a process group of its own, so that a signal reaches what it started too, and
asks the kernel for a signal when we die (`PR_SET_PDEATHSIG`, Linux only), so that nothing is left
even after `kill -9` of the supervisor.

The kernel ties that to the *thread* that started the child: `Process.start` must be called in a
thread that lives as long as the child may, which in practice is the main thread.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_INHERITED_PREFIXES = ("COVERAGE_", "DOCKER_")
"""A measured test run measures its children as well; Docker's client knows its engine by these."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_POLL_SECONDS = 0.02
_REMIND_SECONDS = 0.5


class NotReady(Exception):
    """A process did not come up: it ended, or took too long."""


@dataclass(frozen=True)
class Program:
    """What to run, and how it wants to be ended."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the program gets besides the search path, the home folder and the locale."""
    directory: Path | None = None
    """Where it is started; our own directory unless given."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    """How long it may take to end after `stop_signal`; then it is killed."""
    orphan_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends it when we die without having stopped it."""


def base_environment() -> dict[str, str]:
    """What every child inherits: no credentials, no proxies, no settings of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }


class Process:
    """One run of a program; its output is appended to `log`."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The program's name."""
        return self.program.name

    @property
    def pid(self) -> int:
        """The process id, and that of its group. Raises `RuntimeError` before `start`."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How it ended (minus the signal's number when by a signal), if it has."""
        return None if self._popen is None else self._popen.poll()

    def start(self) -> None:
        """Start it; returns at once. Raises `OSError` when the program cannot be run."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(  # noqa: S603 - the command is ours
                self.program.command,
                cwd=self.program.directory,
                env={**base_environment(), **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Between fork and exec: one call of a function that is loaded already.
                preexec_fn=_signal_on_death(  # noqa: PLW1509
                    os.getpid(), self.program.orphan_signal
                ),
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        if self._popen is not None:
            self._popen.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; says whether it came in time."""
        if self._popen is None:
            return True
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish(self) -> None:
        """Let it end, having been told to, and kill it with all its group when its time is up."""
        deadline = time.monotonic() + self.program.stop_seconds
        # Told again now and then: Erlang loses a signal that comes while it is starting.
        while not self.wait(_REMIND_SECONDS) and time.monotonic() < deadline:
            self.signal(self.program.stop_signal)
        self.kill()

    def kill(self) -> None:
        """Kill it and all its group at once, and wait for its end."""
        if self._popen is None:
            return
        with contextlib.suppress(ProcessLookupError):  # when all of them have ended
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` says so. Raises `NotReady` with the log's end when it never does."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise NotReady(f"{self.name} ended with {self.exit_status}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name} is not ready after {seconds:g} s\n{self.log_tail()}")
            time.sleep(_POLL_SECONDS)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its log, and where the rest is."""
        if not self.log.exists():
            return f"(no log at {self.log})"
        text = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join([f"the end of {self.log}:", *text])


class Server:
    """A process with something to do before it starts and a way to tell that it is ready."""

    ready_seconds = 30.0
    """How long it may take from its start until it is ready."""
    disposable = False
    """Whether what it holds is thrown away: then it need not be stopped, only killed."""

    def __init__(self, process: Process, helpers: Sequence[Process] = ()) -> None:
        """`helpers` run beside the process, and only as long as it is meant to run."""
        self.process = process
        self._helpers = helpers

    def prepare(self) -> None:
        """What must be done before the start; in any thread."""

    def is_ready(self) -> bool:
        """Whether it does its work; in any thread."""
        raise NotImplementedError

    def spawn(self) -> None:
        """Start the process; in the main thread (see the top of this module)."""
        for helper in self._helpers:
            if not helper.running:
                helper.start()
        self.process.start()

    def wait_until_ready(self) -> None:
        """Wait for it; in any thread. Raises `NotReady`."""
        self.process.wait_until(self.is_ready, self.ready_seconds)

    def start(self) -> None:
        """All of it: prepare, start, wait. Raises `NotReady` and leaves nothing running then."""
        self.prepare()
        self.spawn()
        try:
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it as it wants to be ended."""
        stop_together([self])

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self._end_helpers()

    def ask_to_stop(self) -> None:
        """Tell it to end; returns at once."""
        self.process.signal(self.process.program.stop_signal)

    def finish(self) -> None:
        """Wait for its end, having told it to."""
        self.process.finish()
        self._end_helpers()

    def _end_helpers(self) -> None:
        for helper in self._helpers:
            helper.kill()


def stop_together(servers: Sequence[Server]) -> None:
    """Stop servers that do not need each other; takes as long as the slowest."""
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.finish()


def dismiss_together(servers: Sequence[Server]) -> None:
    """End servers for good: kill those whose data nobody wants, stop the others."""
    for server in servers:
        if server.disposable:
            server.kill()
    stop_together([server for server in servers if not server.disposable])


def _signal_on_death(parent: int, number: signal.Signals) -> Callable[[], None]:
    """A function for a new child to call: it gets this signal when `parent` dies."""

    def ask_the_kernel() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # the parent died before the kernel was asked
            os._exit(1)

    return ask_the_kernel
