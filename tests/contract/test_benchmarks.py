"""What documents say of speed is what was measured, in one run that is committed."""

from pathlib import Path

import pytest
from figures import RESULTS, SCHEMA, Results, schema
from report import PARTS
from tables import DOCUMENTS, quoted
from targets import TARGETS, outcomes

RUN = Results.read(RESULTS) if RESULTS.exists() else None
"""None before the first run is committed: then documents quote nothing."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_quotes_the_committed_run(document: Path) -> None:
    text = document.read_text()
    assert quoted(text, RUN) == text


def test_every_subject_is_quoted() -> None:
    text = "".join(document.read_text() for document in DOCUMENTS)
    names = {*PARTS, "targets", "machine"}
    assert {name for name in names if f"<!-- bench: {name} -->" not in text} == set()


def test_targets_are_those_of_the_committed_run() -> None:
    """A part that failed says so, and leaves its targets without a value."""
    figures, kept, failed = (RUN.figures, RUN.outcomes, set(RUN.failed)) if RUN else ((), (), set())
    assert [*kept] == ([*outcomes(figures)] if RUN else [])
    missing = {each.name for each in kept if each.value is None}
    assert {each.place[0] for each in TARGETS if each.name in missing} <= failed <= set(PARTS)


def test_schema_of_results_is_what_it_would_be_generated_as() -> None:
    assert SCHEMA.read_text() == schema()
