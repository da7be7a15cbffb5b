"""Which tests a run of each size includes, and which sizes the Makefile and CI run."""

import re
from pathlib import Path

import pytest
from fixtures import sizes
from fixtures.sizes import Size

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
EXAMPLES_OF_MAKE_TEST = 25


class Marked(pytest.Item):
    """A test with marks."""

    def runtest(self) -> None:
        """Do nothing."""


def marked(request: pytest.FixtureRequest, *marks: str) -> pytest.Item:
    item = Marked.from_parent(request.node.parent, name="a_test")
    item.own_markers = [pytest.Mark(name, (), {}, _ispytest=True) for name in marks]
    return item


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((), {Size.SMALL, Size.LONG}),
        (("hypothesis",), set(Size)),
        (("campaign",), set(Size)),
        (("middle",), {Size.MIDDLE, Size.LONG}),
        (("long",), {Size.LONG}),
        (("campaign", "long"), {Size.LONG}),
    ],
)
def test_size_includes_tests_by_their_marks(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    marks: tuple[str, ...],
    expected: set[Size],
) -> None:
    found = set()
    for size in Size:
        monkeypatch.setattr(sizes, "_current", size)
        if sizes.runs(marked(request, *marks)):
            found.add(size)
    assert found == expected


@pytest.mark.parametrize(
    ("count", "in_make_test"), [(1, ["a"]), (2, ["a", "d"]), (6, ["a", "b", "c", "d", "e", "f"])]
)
def test_few_parameters_are_spread_over_all(count: int, in_make_test: list[str]) -> None:
    given = sizes.few("abcdef", count)
    assert [value for value in given if isinstance(value, str)] == in_make_test
    assert [value if isinstance(value, str) else value.values[0] for value in given] == [*"abcdef"]


def test_property_tries_few_examples_in_make_test() -> None:
    assert sizes.EXAMPLES[Size.SMALL] <= EXAMPLES_OF_MAKE_TEST


@pytest.mark.parametrize(
    ("target", "size"), [("test", None), ("test-more", "middle"), ("test-all", "long")]
)
def test_make_target_runs_parts_and_whole_at_its_size(target: str, size: str | None) -> None:
    (recipe,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    runs = [line for line in recipe.splitlines() if "pytest" in line]
    assert len(runs) == 2
    for run in runs:
        assert re.findall(r"--size (\w+)", run) == ([size] if size else [])


def test_continuous_integration_runs_the_small_size() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert re.findall(r"^make (.*)$", script, re.MULTILINE) == ["test"]
