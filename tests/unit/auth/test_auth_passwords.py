import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fotograma_auth.passwords import Argon2Hasher
from fotograma_auth.settings import PasswordSettings
from fotograma_kit.problems import Unavailable
from pydantic import ValidationError


async def test_hash_is_argon2id_of_the_least_cost_and_salted() -> None:
    async with Argon2Hasher(PasswordSettings()) as hasher:
        first, second = await hasher.hash("same password"), await hasher.hash("same password")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second


async def test_password_is_verified() -> None:
    async with Argon2Hasher(PasswordSettings()) as hasher:
        password_hash = await hasher.hash("right password")
        assert await hasher.verify("right password", password_hash)
        assert not await hasher.verify("wrong password", password_hash)
        assert not await hasher.verify("", password_hash)


async def test_without_a_hash_the_answer_is_no_after_the_same_work() -> None:
    async with Argon2Hasher(PasswordSettings()) as hasher:
        verified: list[str] = []
        argon2 = hasher._argon2

        class Counting:
            @staticmethod
            def verify(password: str, password_hash: str) -> bool:
                verified.append(password_hash)
                return bool(argon2.verify(password, password_hash))

        hasher._argon2 = Counting
        assert not await hasher.verify("compared with where there is no account", None)
    assert verified[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_hash_with_other_parameters_is_outdated() -> None:
    async with (
        Argon2Hasher(PasswordSettings()) as old,
        Argon2Hasher(PasswordSettings(auth_password_passes=3)) as new,
    ):
        password_hash = await old.hash("a password")
        assert not old.is_outdated(password_hash)
        assert new.is_outdated(password_hash)
        assert await new.verify("a password", password_hash)


async def test_hashes_beyond_the_bound_are_refused_and_the_others_done() -> None:
    settings = PasswordSettings(auth_password_threads=1, auth_password_waiting=2)
    async with Argon2Hasher(settings) as hasher:
        results: list[Any] = await asyncio.gather(
            *(hasher.hash("a password") for _ in range(5)), return_exceptions=True
        )
        assert [isinstance(r, Unavailable) for r in results] == [False] * 3 + [True] * 2
        assert await hasher.hash("a password")


def test_pool_has_as_many_threads_as_its_setting() -> None:
    hasher = Argon2Hasher(PasswordSettings(auth_password_threads=3))
    assert isinstance(hasher._pool, ThreadPoolExecutor)
    assert hasher._pool._max_workers == 3
    hasher._pool.shutdown()


def test_parameters_below_the_least_are_refused() -> None:
    with pytest.raises(ValidationError):
        PasswordSettings(auth_password_memory_kib=1024)
