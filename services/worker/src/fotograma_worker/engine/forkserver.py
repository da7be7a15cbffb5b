"""The fork server: `python -m fotograma_worker.engine.forkserver <socket> <parent> <module>`.

It is executed, not forked, so its memory holds nothing of the worker's: no credential and no
connection. It loads what decoding needs and then forks a child for each request, within
milliseconds. A request is one packet with two descriptors, the child's connection and standard
error; events go back as packets, a forked child's with its pidfd. It reads nothing from a child.
"""

import gc
import importlib
import os
import pkgutil
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.fork_events import EVENT, EventKind

MAX_REQUEST = 16
_PYAV = "av"
_LEFT_OUT = frozenset({"av.__main__", "av.datasets"})
"""PyAV's command, and its download of samples: no decoding imports them."""
_DESCRIPTORS = 1024
_STDERR, _CONNECTION = 2, 3


class _Server:
    def __init__(self, control: socket.socket, module: str) -> None:
        self._control = control
        self._module = module
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._children: dict[int, int] = {}
        """Process ids by pidfd."""

    def run(self) -> None:
        """Serve until the parent closes the connection."""
        self._tell(EventKind.READY)
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor != self._control.fileno():
                    self._reap(descriptor)
                elif not self._serve_request():
                    return

    def _serve_request(self) -> bool:
        request, descriptors, _, _ = socket.recv_fds(self._control, MAX_REQUEST, 2)
        if not request:
            return False
        try:
            self._fork(*descriptors)
        except OSError as error:
            self._tell(EventKind.REFUSED, number=error.errno or 0)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _fork(self, connection: int, stderr: int) -> None:
        _check_single_threaded()
        server = os.getpid()
        pid = os.fork()
        if not pid:
            self._control.detach()
            _run_child(self._module, connection, stderr, server)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = pid
        self._poll.register(pidfd, select.POLLIN)
        event = EVENT.pack(EventKind.FORKED, pid, 0)
        socket.send_fds(self._control, [event], [pidfd])

    def _reap(self, pidfd: int) -> None:
        pid = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self._tell(EventKind.ENDED, pid, os.waitstatus_to_exitcode(status))

    def _tell(self, kind: EventKind, pid: int = 0, number: int = 0) -> None:
        self._control.send(EVENT.pack(kind, pid, number))


def _check_single_threaded() -> None:
    """Only the forking thread exists in a child: a lock held by another would be held for ever."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"the fork server has {threads} threads")


def _run_child(module: str, connection: int, stderr: int, server: int) -> NoReturn:
    """Close all descriptors but the child's own, run its job, and never return into the server."""
    code = 1
    try:
        os.dup2(stderr, _STDERR)
        os.dup2(connection, _CONNECTION)
        os.closerange(_CONNECTION + 1, _DESCRIPTORS)
        code = importlib.import_module(module).run(_CONNECTION, server)
    finally:
        # Python's own exit would make system calls for which the sandbox kills.
        os._exit(code)


def preload(child: str) -> None:
    """Load the child's module and all of PyAV: a child in its sandbox cannot import anything, and
    PyAV imports some of its parts only when a file has a stream that needs them.
    """
    packages = importlib.import_module(_PYAV).__path__
    parts = (module.name for module in pkgutil.walk_packages(packages, f"{_PYAV}."))
    for module in (_PYAV, *(part for part in parts if part not in _LEFT_OUT), "numpy", child):
        importlib.import_module(module)


def main() -> None:
    """Load the modules, then serve."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the worker, which finishes its work
        signal.signal(number, signal.SIG_IGN)
    descriptor, parent = map(int, sys.argv[1:3])
    die_with(parent)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, most),) * 2)
    child = sys.argv[3]
    preload(child)
    gc.freeze()  # spares children from copying what they never change
    with socket.socket(fileno=descriptor) as control:
        _Server(control, child).run()


if __name__ == "__main__":
    main()
