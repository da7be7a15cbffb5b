"""Argon2id, in a thread pool that a flood of logins cannot overfill."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from fotograma_kit.problems import Unavailable
from passlib.hash import argon2

from fotograma_auth.settings import PasswordSettings

T = TypeVar("T")


class PasswordHasher(Protocol):
    """Hashes passwords and compares them with their hashes."""

    async def hash(self, password: str) -> str:
        """A salted hash that says how it was made. Raises `Unavailable` under too much load."""
        ...

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether it is this password's hash.

        Without a hash the answer is no, and takes the time it takes with one. Raises
        `Unavailable` under too much load.
        """
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        ...


class Argon2Hasher:
    """Argon2id with one lane, through passlib's API (distribution libpass)."""

    def __init__(self, settings: PasswordSettings) -> None:
        variant: Any = argon2  # its types leave `using` out
        self._argon2: Any = variant.using(
            type="ID",
            memory_cost=settings.auth_password_memory_kib,
            time_cost=settings.auth_password_passes,
            parallelism=1,
        )
        self._dummy_hash: str = self._argon2.hash("compared with where there is no account")
        self._pool = ThreadPoolExecutor(settings.auth_password_threads, thread_name_prefix="argon2")
        self._running = 0
        self._running_at_most = settings.auth_password_threads + settings.auth_password_waiting

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """See `PasswordHasher`."""
        hashed: str = await self._in_pool(lambda: self._argon2.hash(password))
        return hashed

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """See `PasswordHasher`."""
        compared_with = password_hash or self._dummy_hash
        is_same: bool = await self._in_pool(lambda: self._argon2.verify(password, compared_with))
        return is_same and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """See `PasswordHasher`."""
        return bool(self._argon2.needs_update(password_hash))

    async def _in_pool(self, work: Callable[[], T]) -> T:
        if self._running >= self._running_at_most:
            raise Unavailable("Too many people are logging in at this moment.")
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._running -= 1
