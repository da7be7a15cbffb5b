"""Attacks that got through in an older release, made on that one and on this one.

What is seen is printed (`pytest -rP`); the table of both is in docs/security.md.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fixtures.attacks import from_files, on_accounts, on_servers, on_videos
from fixtures.attacks.outcome import Outcome
from fixtures.attacks.running import Running, running
from fixtures.releases import THIS, Release, install_old
from fotograma_local.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

OF_FILES: list[Callable[[Release], Awaitable[Outcome]]] = [
    from_files.take_memory_past_the_limit,
    from_files.decode_more_at_once_than_memory_holds,
    from_files.speak_to_the_user,
    from_files.ask_from_within_the_vpc,
]
OF_THE_PRODUCT: list[Callable[[Running], Awaitable[Outcome]]] = [
    on_accounts.lock_the_owner_out,
    on_accounts.use_up_recovery,
    on_accounts.multiply_a_session,
    on_accounts.forge_an_address,
    on_accounts.send_half_of_a_login,
    on_accounts.read_an_answer_in_a_browser,
    on_accounts.run_a_script_on_a_page_of_an_api,
    on_accounts.be_redirected_elsewhere,
    on_videos.open_many_streams,
    on_videos.send_many_requests,
    on_videos.break_a_cursor,
    on_videos.send_a_larger_part,
    on_videos.extract_beyond_the_quota,
    on_videos.upload_at_once,
    on_servers.erase_a_user_as_a_worker,
    on_servers.change_tables,
]


@pytest.fixture(scope="module", params=["old", "this"])
async def release(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Release:
    """First the older one, then this one."""
    if request.param == "this":
        return THIS
    return await install_old(tmp_path_factory.mktemp("old") / "release")


@pytest.fixture(scope="module")
async def product(
    release: Release, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """All of it, running."""
    async with running(release, tmp_path_factory.mktemp("stack")) as product:
        yield product


def assert_expected(outcome: Outcome, release: Release) -> None:
    """It gets through in the older release alone."""
    print(outcome.seen)
    assert outcome.passed is release.is_old, outcome.seen


@pytest.mark.parametrize("attack", OF_FILES, ids=lambda attack: attack.__name__)
async def test_attack_by_what_a_release_is_made_of(
    release: Release, attack: Callable[[Release], Awaitable[Outcome]]
) -> None:
    assert_expected(await attack(release), release)


async def test_attack_by_users_of_the_broker(
    release: Release, rabbitmq: RabbitMQ, rabbitmq_url: str
) -> None:
    outcome = await on_servers.reach_queues_of_others(release, rabbitmq, rabbitmq_url)
    assert_expected(outcome, release)


@pytest.mark.parametrize("attack", OF_THE_PRODUCT, ids=lambda attack: attack.__name__)
async def test_attack_on_the_running_product(
    product: Running, attack: Callable[[Running], Awaitable[Outcome]]
) -> None:
    assert_expected(await attack(product), product.release)
