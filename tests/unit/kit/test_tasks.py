"""Background tasks end with their process, and a process whose task fails ends too."""

import asyncio

import pytest
from fixtures.deadlines import until
from fotograma_kit.tasks import periodically, running


async def test_tasks_are_cancelled_and_may_clean_up() -> None:
    log: list[str] = []

    async def task() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    async with running(task, task):
        await asyncio.sleep(0)
    assert log == ["cleaned up"] * 2


async def test_a_task_that_fails_or_ends_is_a_failure_of_the_process() -> None:
    failures: list[str] = []

    async def fails() -> None:
        raise ValueError("a defect")

    async def ends() -> None:
        return

    async with running(fails, ends, on_failure=lambda: failures.append("terminate")):
        await until(lambda: len(failures) == 2)


async def test_a_periodic_task_survives_its_failures() -> None:
    rounds = 0

    async def sometimes() -> None:
        nonlocal rounds
        rounds += 1
        if rounds % 2:
            raise OSError("not now")

    async with running(lambda: periodically(0.01, sometimes)):
        await until(lambda: rounds >= 4)


async def test_the_block_s_own_error_is_not_hidden() -> None:
    async def task() -> None:
        await asyncio.Event().wait()

    with pytest.raises(KeyError):
        async with running(task):
            raise KeyError("mine")
