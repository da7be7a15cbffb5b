"""Objectives are what docs/slo.md says, and histograms have their borders."""

import re

from fixtures.alerts import rules
from fixtures.compose import ROOT
from fotograma_kit.request_metrics import SECONDS
from fotograma_video.metrics import READY_SECONDS
from prometheus_client import Histogram

PAGE = (ROOT / "docs" / "slo.md").read_text()


def records(name: str) -> dict[str, str]:
    """The expression of a recorded metric, by its objective."""
    return {rule["labels"]["slo"]: rule["expr"] for rule in rules() if rule.get("record") == name}


def borders(one: Histogram) -> set[str]:
    """Of one series, as the bucket's label has them."""
    return {
        sample.labels["le"]
        for family in one.collect()
        for sample in family.samples
        if sample.name.endswith("_bucket")
    }


def test_objectives_are_those_of_the_page() -> None:
    said = re.findall(r"^\| `(\w+)` .* \| ([\d.]+) % \|", PAGE, re.MULTILINE)
    promised = {slo: round(float(share) / 100, 6) for slo, share in said}
    recorded = {
        slo: float(expr[len("vector(") : -1]) for slo, expr in records("slo:objective").items()
    }
    assert promised == recorded
    for name in ("slo:total:rate5m", "slo:bad:rate5m"):
        assert set(records(name)) == set(promised)


def test_histograms_have_the_borders_of_the_objectives() -> None:
    asked = {
        slo: set(re.findall(r'le="([\d.]+)"', expr))
        for slo, expr in records("slo:bad:rate5m").items()
    }
    assert asked["latency"] == {"0.2"}
    assert asked["latency"] <= borders(SECONDS.labels("api", "GET", "/any"))
    assert asked["ready"] == {"5.0"}
    assert asked["ready"] <= borders(READY_SECONDS.labels("any"))
