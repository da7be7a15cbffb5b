"""Every query of dashboards, alerts and scaling has data on a running product."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.alerts import alerts, rules
from fixtures.clips import make_clip
from fixtures.dashboards import DASHBOARDS, asked_at_first, queries
from fixtures.deadlines import eventually
from fixtures.kubernetes import overlay
from fixtures.product import WORKERS, Product
from fixtures.scraping import Scraping, scraped

pytestmark = [pytest.mark.middle, pytest.mark.timeout(400)]

ASKING = [path for path in DASHBOARDS if queries(path, "prometheus")]
SECONDS = 60.0
SELECTOR = re.compile(r"\b(?:fotograma_|rabbitmq_|process_|slo:|up\b)[a-z0-9_:]*(?:\{[^}]*\})?")
"""Where alerts look, but for what Kubernetes and Alertmanager say of themselves."""
BESIDE = {"TelemetryLost"}
"""Of programs that cannot be run here."""


@pytest.fixture(scope="module")
async def scraping(
    product: Product, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scraping]:
    """A Prometheus that has seen a user register, upload a clip, wait for it and get a mail."""
    folder = tmp_path_factory.mktemp("prometheus")
    async with scraped(product.stack, WORKERS, folder) as scraping:

        async def all_answer() -> bool:
            return bool(await scraping.ask("up")) and not await scraping.ask("up == 0")

        await eventually(all_answer, SECONDS)
        user = await product.user()
        extracted = await user.upload(make_clip(folder / "clip.mp4", seconds=10))
        await user.completed(extracted)
        await user.mailed(1)
        yield scraping


async def without_data(scraping: Scraping, asked: list[str]) -> list[str]:
    """Those that have none, after a while."""
    missing = set(asked)

    async def none_is_missing() -> bool:
        for query in sorted(missing):
            if await scraping.ask(query):
                missing.discard(query)
        return not missing

    try:
        await eventually(none_is_missing, SECONDS)
    except TimeoutError:
        return sorted(missing)
    return []


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.stem)
async def test_every_panel_of_measurements_has_data(scraping: Scraping, path: Path) -> None:
    assert await without_data(scraping, asked_at_first(path, "prometheus")) == []


async def test_every_alert_looks_at_something(scraping: Scraping) -> None:
    asked = [
        match[0]
        for rule in alerts()
        if rule["alert"] not in BESIDE
        for match in SELECTOR.finditer(rule["expr"])
    ]
    assert await without_data(scraping, asked) == []


async def test_every_rule_is_evaluated_and_every_record_has_data(scraping: Scraping) -> None:
    assert (
        await without_data(scraping, [rule["record"] for rule in rules() if "record" in rule]) == []
    )
    evaluated = await scraping.rules()
    assert len(evaluated) == len(rules())
    assert [rule for rule in evaluated if rule["health"] != "ok"] == []


async def test_workers_are_scaled_by_something(scraping: Scraping) -> None:
    (scaler,) = overlay("prod").of("ScaledObject")
    asked = [
        re.sub(r'namespace="fotograma",? ?', "", trigger["metadata"]["query"])
        for trigger in scaler["spec"]["triggers"]
        if trigger["type"] == "prometheus"
    ]
    assert len(asked) == 2
    assert await without_data(scraping, asked) == []


async def test_a_product_that_is_well_alerts_nobody(scraping: Scraping) -> None:
    firing = await scraping.ask('ALERTS{alertstate="firing"}')
    assert {each["metric"]["alertname"] for each in firing} == {"Watchdog"}
