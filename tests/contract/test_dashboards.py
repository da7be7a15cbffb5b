"""Dashboards fit the types that Grafana publishes, of the version that shows them."""

import copy
import json
from typing import Any

from fixtures.compose import ROOT
from fixtures.dashboards import DASHBOARDS, dashboard
from fixtures.grafana import complaints
from fixtures.images import third_party


def test_dashboards_fit_grafana_s_types() -> None:
    found = complaints([dashboard(path) for path in DASHBOARDS])
    names = [path.name for path in DASHBOARDS]
    assert {name: said for name, said in zip(names, found, strict=True) if said} == {}


def test_dashboards_that_do_not_fit_are_found() -> None:
    good = dashboard(DASHBOARDS[0])
    misspelled = good | {"panles": []}
    wide: dict[str, Any] = copy.deepcopy(good)
    wide["panels"][0]["gridPos"]["w"] = "twelve"
    assert all(complaints([misspelled, wide]))


def test_types_are_of_the_grafana_that_runs() -> None:
    packages = json.loads((ROOT / "tests/grafana/package.json").read_text())["dependencies"]
    assert packages["@grafana/schema"] == third_party()["grafana/grafana"]
