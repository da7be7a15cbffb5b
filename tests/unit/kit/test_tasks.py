"""Background tasks end with their process, and a process whose task fails ends too."""

import asyncio

import pytest
from fixtures.deadlines import until
from fotograma_kit.tasks import periodically, running


async def test_running_cancels_tasks_and_waits_for_their_clean_up() -> None:
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


async def test_running_terminates_the_process_for_each_task_that_fails_or_ends() -> None:
    failures: list[str] = []

    async def fails() -> None:
        raise ValueError("a defect")

    async def ends() -> None:
        return

    async with running(fails, ends, on_failure=lambda: failures.append("terminate")):
        await until(lambda: len(failures) >= 2)
    assert failures == ["terminate"] * 2


async def test_periodically_goes_on_after_a_failure() -> None:
    rounds, failed, terminated = 0, 0, asyncio.Event()

    async def sometimes() -> None:
        nonlocal rounds, failed
        rounds += 1
        if rounds % 2:
            failed += 1
            raise OSError("not now")

    async with running(lambda: periodically(0.01, sometimes), on_failure=terminated.set):
        await until(lambda: rounds >= 4)
    assert failed >= 2
    assert not terminated.is_set()


async def test_running_raises_the_error_of_its_block() -> None:
    async def task() -> None:
        await asyncio.Event().wait()

    with pytest.raises(KeyError):
        async with running(task):
            raise KeyError("mine")
