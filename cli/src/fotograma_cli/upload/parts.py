"""Sending the parts of a file at the same time, each from the disk as it travels."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from fotograma_cli.api.client import Client
from fotograma_cli.api.retries import Retries
from fotograma_cli.errors import CommandError, ServerUnavailable
from fotograma_cli.upload.source import SourceFile

_TRANSIENT = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,  # S3's "SlowDown", too
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class UrlExpired(ServerUnavailable):
    """The URL of a part has expired and has to be signed again."""

    code = "url_expired"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file."""

    number: int
    """From 1."""
    start: int
    size: int

    @classmethod
    def all_of(cls, size: int, part_bytes: int) -> list[Self]:
        """The parts of a file, in order: all of `part_bytes`, but the last."""
        starts = range(0, size, part_bytes)
        return [
            cls(number, start, min(part_bytes, size - start))
            for number, start in enumerate(starts, 1)
        ]


@dataclass(frozen=True, slots=True)
class _Order:
    part: Part
    url: str
    attempt: int


class PartSending:
    """Sends parts, `parallel` at once.

    Memory holds a chunk of each. The calling thread signs addresses and is the only one to talk
    to the API; its threads talk to the storage only. They are daemons, so that Ctrl-C need not
    wait for a network that hangs.
    """

    def __init__(
        self,
        client: Client,
        source: SourceFile,
        sign: Callable[[list[int]], dict[int, str]],
        retries: Retries,
        parallel: int,
        on_sent: Callable[[int], None],
    ) -> None:
        """`on_sent` is called, in any thread, with how many more bytes have been sent, or less
        after an attempt that failed.
        """
        self._client = client
        self._source = source
        self._sign = sign
        self._retries = retries
        self._parallel = parallel
        self._on_sent = on_sent
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[_Order, Exception | None]] = SimpleQueue()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"part sender {n}", daemon=True)
            for n in range(1, parallel + 1)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for _ in self._threads:
            self._orders.put(None)
        if kind is None:
            for thread in self._threads:
                thread.join()

    def run(self, parts: Sequence[Part]) -> None:
        """Send all parts. Raises the first failure that retries did not cure."""
        waiting = deque((part, 1) for part in parts)
        under_way = 0
        while waiting or under_way:
            # So few addresses ahead that none expires before its turn.
            if waiting and under_way <= self._parallel:
                under_way += self._begin(waiting)
            order, error = self._results.get()
            under_way -= 1
            if error is not None:
                self._check_curable(order, error)
                waiting.appendleft((order.part, order.attempt + 1))

    def _begin(self, waiting: deque[tuple[Part, int]]) -> int:
        chosen = [waiting.popleft() for _ in range(min(self._parallel, len(waiting)))]
        urls = self._sign([part.number for part, _ in chosen])
        for part, attempt in chosen:
            self._orders.put(_Order(part, urls[part.number], attempt))
        return len(chosen)

    def _check_curable(self, order: _Order, error: Exception) -> None:
        if not isinstance(error, ServerUnavailable) or order.attempt >= self._retries.attempts:
            raise error

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            error = None
            try:
                self._send(order)
            except Exception as raised:  # noqa: BLE001 - raised again where results are taken
                error = raised
            self._results.put((order, error))

    def _send(self, order: _Order) -> None:
        counted = 0

        def content() -> Iterator[bytes]:
            nonlocal counted
            for chunk in self._source.read(order.part.start, order.part.size):
                if self._stopped.is_set():
                    raise CommandError("The upload was stopped.", code="stopped")
                yield chunk
                counted += len(chunk)
                self._on_sent(len(chunk))

        try:
            _check(self._client.put(order.url, content(), order.part.size))
        except CommandError as error:
            self._on_sent(-counted)
            if not isinstance(error, UrlExpired) and not self._stopped.is_set():
                self._retries.wait(order.attempt, error)
            raise


def _check(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.FORBIDDEN:
        raise UrlExpired(
            "The object storage refuses a part at its address, also after it was renewed."
        )
    message = f"The object storage answered {status} to a part."
    if status in _TRANSIENT:
        raise ServerUnavailable(message, code="storage_unavailable")
    raise CommandError(message, code="storage_refused")
