"""What messages follow from."""

import pytest
import structlog
from fotograma_kit.causes import UNKNOWN, Cause
from fotograma_kit.request_ids import current_request_id

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("told", [None, "", "x" * 65, "a b", 'a"b', "a\nb", "é", 5, b"bytes"])
def test_request_id_that_could_mislead_counts_as_not_known(told: object) -> None:
    assert Cause.told(told, TRACE) == Cause(None, TRACE)


@pytest.mark.parametrize("told", ["a", "A.b_c-1", "x" * 64, "0af7651916cd43dd8448eb211c80319c"])
def test_request_id_of_another_process_is_kept(told: str) -> None:
    assert Cause.told(told, None) == Cause(told)


def test_what_is_not_known_is_as_for_the_other() -> None:
    other = Cause("other", TRACE)
    assert UNKNOWN.or_else(other) == other
    assert Cause("own").or_else(other) == Cause("own", TRACE)
    assert other.or_else(Cause("own")) == other


def test_current_cause_is_that_of_the_log_while_the_block_runs() -> None:
    assert current_request_id() is None
    with Cause("a").logged():
        assert Cause.current() == Cause("a")
        with UNKNOWN.logged():  # hides nothing
            assert current_request_id() == "a"
    assert current_request_id() is None
    assert structlog.contextvars.get_contextvars() == {}
