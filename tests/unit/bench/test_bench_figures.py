"""What a run of the benchmarks is compared with, and what is written of it."""

from datetime import UTC, datetime

import pytest
from figures import Better, Figure, Machine, Results, Unit, as_text
from tables import markdown, quoted
from targets import TARGETS, Target, outcomes

LESS, MORE = Better.LESS, Better.MORE


def figure(
    value: float, unit: Unit = Unit.SECONDS, better: Better | None = LESS, row: str = "a clip"
) -> Figure:
    return Figure(subject="engine", row=row, column="ours", value=value, unit=unit, better=better)


def results(*figures: Figure, processor: str = "a processor") -> Results:
    return Results(
        began=datetime(2026, 1, 2, tzinfo=UTC),
        commit="1234567",
        minutes=30.0,
        machine=Machine(processor=processor, cores=2, memory_gib=8.0, system="Linux", load=0.1),
        versions={"Python": "3.11"},
        figures=figures,
        outcomes=outcomes(figures),
        failed={},
    )


@pytest.mark.parametrize(("better", "value"), [(LESS, 1.31), (MORE, 0.76)])
def test_figure_is_worse_beyond_its_tolerance(better: Better, value: float) -> None:
    now, before = results(figure(value, better=better)), results(figure(1.0, better=better))
    assert [(each.value, was.value) for each, was in now.worse_than(before)] == [(value, 1.0)]


@pytest.mark.parametrize(("better", "value"), [(LESS, 1.29), (MORE, 0.78), (None, 9.0)])
def test_figure_within_its_tolerance_or_that_describes_only_is_not_worse(
    better: Better | None, value: float
) -> None:
    now, before = results(figure(value, better=better)), results(figure(1.0, better=better))
    assert not list(now.worse_than(before))


def test_ratio_is_compared_across_machines_and_time_is_not() -> None:
    def measured(factor: float, processor: str) -> Results:
        times = figure(1.0 * factor, Unit.TIMES, row="a ratio")
        return results(figure(2.0 * factor), times, processor=processor)

    worse = measured(2.0, "another").worse_than(measured(1.0, "a processor"))
    assert [each.row for each, _ in worse] == ["a ratio"]


def test_new_figure_is_compared_with_nothing() -> None:
    now = results(figure(9.0, row="new"), figure(1.0))
    assert not list(now.worse_than(results(figure(1.0))))


def test_document_quotes_what_is_between_its_marks() -> None:
    document = "before\n<!-- bench: engine -->\nold\n<!-- /bench -->\nbetween\n"
    document += "<!-- bench: engine -->\n<!-- /bench -->\nafter\n"
    table = "| engine | ours, s |\n|---|---|\n| a clip | 1.25 |"
    once = f"<!-- bench: engine -->\n{table}\n<!-- /bench -->\n"
    found = quoted(document, results(figure(1.25)))
    assert found == f"before\n{once}between\n{once}after\n"
    assert quoted(found, results(figure(1.25))) == found


def test_table_has_a_row_and_a_column_for_each_figure_and_gaps_where_there_is_none() -> None:
    other = figure(3.0, row="another").model_copy(update={"column": "theirs"})
    table = markdown(results(figure(1.0), other), "engine")
    assert table.splitlines()[2:] == ["| a clip | 1.00 |  |", "| another |  | 3.00 |"]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_target_is_met_at_its_limit_and_not_beyond(target: Target) -> None:
    subject, row, column = target.place
    at, beyond = (
        Figure(
            subject=subject,
            row=row,
            column=column,
            value=value,
            unit=target.unit,
            better=target.better,
        )
        for value in (target.limit, target.limit + (0.1 if target.better is LESS else -0.1))
    )
    assert target.outcome({at.place: at}).is_met
    assert not target.outcome({at.place: beyond}).is_met
    assert target.outcome({at.place: beyond}).why
    assert not target.outcome({}).is_met


def test_targets_are_of_figures_of_their_own() -> None:
    assert len({target.place for target in TARGETS}) == len(TARGETS)
    assert len({target.name for target in TARGETS}) == len(TARGETS)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.351, Unit.SECONDS, "0.35"),
        (40.25, Unit.SECONDS, "40.2"),
        (1051.4, Unit.MIB, "1,051"),
        (4.0, Unit.NUMBER, "4"),
        (0.934, Unit.SHARE, "0.93"),
        (12.34, Unit.PERCENT, "12.3"),
    ],
)
def test_value_has_as_many_digits_as_say_something(value: float, unit: Unit, text: str) -> None:
    assert as_text(value, unit) == text
