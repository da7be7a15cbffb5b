"""What is wrong with a request, field by field: a stable code, the limit, and a plain sentence.

Made of pydantic's errors, whose own messages speak of Python.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any

from fotograma_contracts.recipe import MODES
from fotograma_contracts.wording import RECIPE, Words
from pydantic import BaseModel, WithJsonSchema
from pydantic_core import ErrorDetails

MAX_ERRORS = 20
_MAX_FIELD = 200
_UNIONS, _STREAMS = frozenset({"seconds", "percent"}), frozenset({"index", "nth"})
"""Names that pydantic puts into a place for the alternative it chose: of a time, of a stream."""

Limit = Annotated[int | float | str | None, WithJsonSchema({"type": ["number", "string", "null"]})]
_Place = tuple[int | str, ...]


class FieldErrorCode(StrEnum):
    """What is wrong with a field."""

    REQUIRED = "required"
    UNKNOWN_FIELD = "unknown_field"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_CHOICE = "not_a_choice"
    WRONG_TYPE = "wrong_type"
    WRONG_FORMAT = "wrong_format"
    NOT_JSON = "not_json"
    END_BEFORE_START = "end_before_start"
    TOO_COMMON = "too_common"
    INVALID = "invalid"


class FieldError(BaseModel):
    """One field and what is wrong with it."""

    field: str
    """Its path in the request, with dots; empty for the whole."""
    code: Annotated[FieldErrorCode, WithJsonSchema({"type": "string", "enum": [*FieldErrorCode]})]
    limit: Limit = None
    """The bound that was crossed, where there is one."""
    detail: str
    """One sentence for a person."""


def field_errors(errors: Sequence[ErrorDetails]) -> list[FieldError]:
    """Pydantic's errors for people.

    An error that follows from one inside the same field is left out: a list whose entries are wrong
    is not empty as well.
    """
    places = [_cleaned(item["loc"]) for item in errors]
    inner = [
        (item, place)
        for item, place in zip(errors, places, strict=True)
        if not any(len(other) > len(place) > 0 and other[: len(place)] == place for other in places)
    ]
    return [_field_error(item, place) for item, place in inner[:MAX_ERRORS]]


def sentences(errors: Sequence[FieldError]) -> str:
    """All of what is wrong, as one text."""
    return " ".join(dict.fromkeys(error.detail for error in errors))


def _cleaned(place: _Place) -> _Place:
    """The place in what was sent: without the alternatives that pydantic chose."""
    before: _Place = ("", *place)
    return tuple(
        part
        for previous, part in pairwise(before)
        if not (previous == "sampling" and part in MODES)
        and not (isinstance(previous, int) and part in _UNIONS)
        and not (previous == "stream" and part in _STREAMS)
    )


def _words(item: ErrorDetails, place: _Place) -> Words:
    last = str(item["loc"][-1]) if item["loc"] else ""
    if len(place) > 1 and isinstance(place[-1], int):
        known = RECIPE.get(f"{place[-2]}.{last}")
        return known or Words(f"An entry of “{place[-2]}”")
    name = str(place[-1]) if place else ""
    if not name or name == "body":
        return Words("The request")
    return RECIPE.get(name) or Words(f"“{name[:_MAX_FIELD]}”")


def _field_error(item: ErrorDetails, place: _Place) -> FieldError:
    kind, context = item["type"], item.get("ctx", {})
    if kind in _BOUNDS:
        code, name, sentence = _BOUNDS[kind]
        return _error(place, code, sentence(_words(item, place), context[name]), context[name])
    if kind == FieldErrorCode.END_BEFORE_START:
        place = (*place, "end")
    if kind in set(FieldErrorCode):
        return _error(place, FieldErrorCode(kind), item["msg"], context.get("limit"))
    if kind == "value_error":
        said = item["msg"].removeprefix("Value error, ").rstrip(".")
        detail = f"{_words(item, place).subject}: {said}."
        return _error(place, FieldErrorCode.INVALID, detail)
    code, sentence_of = _kind(kind)
    return _error(place, code, sentence_of(_words(item, place), context))


def _error(place: _Place, code: FieldErrorCode, detail: str, limit: object = None) -> FieldError:
    field = ".".join(map(str, place))
    return FieldError(field=field[:_MAX_FIELD], code=code, limit=_limit(limit), detail=detail)


def _limit(limit: object) -> Limit:
    if isinstance(limit, Fraction):
        return limit.numerator if limit.denominator == 1 else float(limit)
    return limit if isinstance(limit, int | float) else None if limit is None else str(limit)


def _number(value: object) -> str:
    """A limit as people write it: 0.001 rather than 1/1000."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Fraction):
        return format(Decimal(repr(float(value))).normalize(), "f")
    return str(value)


def _bound(comparison: str, unit: str = "") -> Callable[[Words, object], str]:
    def sentence(words: Words, limit: object) -> str:
        units = unit or words.unit
        bound = f"{comparison} {_number(limit)} {_ONE.get(units, units) if limit == 1 else units}"
        return f"{words.subject} must {bound.rstrip()}."

    return sentence


_ONE = {
    "bytes": "byte", "characters": "character", "entries": "entry", "pixels": "pixel",
    "seconds": "second",
}  # fmt: skip
_BOUNDS: Mapping[str, tuple[FieldErrorCode, str, Callable[[Words, object], str]]] = {
    "greater_than_equal": (FieldErrorCode.TOO_SMALL, "ge", _bound("be at least")),
    "greater_than": (FieldErrorCode.TOO_SMALL, "gt", _bound("be more than")),
    "less_than_equal": (FieldErrorCode.TOO_LARGE, "le", _bound("be at most")),
    "less_than": (FieldErrorCode.TOO_LARGE, "lt", _bound("be less than")),
    "string_too_short": (
        FieldErrorCode.TOO_SHORT, "min_length", _bound("have at least", "characters")
    ),
    "string_too_long": (
        FieldErrorCode.TOO_LONG, "max_length", _bound("have at most", "characters")
    ),
    "too_short": (FieldErrorCode.TOO_SHORT, "min_length", _bound("have at least", "entries")),
    "too_long": (FieldErrorCode.TOO_LONG, "max_length", _bound("have at most", "entries")),
}  # fmt: skip
"""By pydantic's kind of error: the code, where the limit is found, and the sentence."""

_Sentence = Callable[[Words, Mapping[str, Any]], str]


def _plain(text: str) -> _Sentence:
    return lambda words, _context: f"{words.subject} {text}."


def _choice(words: Words, context: Mapping[str, Any]) -> str:
    choices = context.get("expected") or context.get("expected_tags") or ""
    return f"{words.subject} must be one of these: {str(choices).replace(chr(39), '')}."


def _tag(words: Words, context: Mapping[str, Any]) -> str:
    """Of a field that decides what the others are."""
    decisive = RECIPE.get(str(context["discriminator"]).strip("'"), words)
    if "expected_tags" in context:
        return _choice(decisive, context)
    return f"{decisive.subject} is missing."


def _example(words: Words, _context: Mapping[str, Any]) -> str:
    if not words.example:
        return f"{words.subject} is not written as it must be."
    return f"{words.subject} must be written like {words.example}."


def _not_a_number(words: Words, context: Mapping[str, Any]) -> str:
    if words.example:
        return _example(words, context)
    return f"{words.subject} must be a number."


def _not_a_whole_number(words: Words, context: Mapping[str, Any]) -> str:
    if words.example:
        return _example(words, context)
    return f"{words.subject} must be a whole number."


def _kind(kind: str) -> tuple[FieldErrorCode, _Sentence]:
    """The code and the sentence for one of pydantic's kinds of error."""
    for prefix, known in _KINDS.items():
        if kind.startswith(prefix):
            return known
    return FieldErrorCode.INVALID, _plain("is not valid")


_KINDS: Mapping[str, tuple[FieldErrorCode, _Sentence]] = {
    "missing": (FieldErrorCode.REQUIRED, _plain("is missing")),
    "extra_forbidden": (FieldErrorCode.UNKNOWN_FIELD, _plain("is not a field that there is")),
    "union_tag_not_found": (FieldErrorCode.REQUIRED, _tag),
    "union_tag_invalid": (FieldErrorCode.NOT_A_CHOICE, _tag),
    "literal_error": (FieldErrorCode.NOT_A_CHOICE, _choice),
    "enum": (FieldErrorCode.NOT_A_CHOICE, _choice),
    "json_": (FieldErrorCode.NOT_JSON, _plain("is not JSON")),
    "int_": (FieldErrorCode.NOT_A_NUMBER, _not_a_whole_number),
    "float_": (FieldErrorCode.NOT_A_NUMBER, _not_a_number),
    "rational": (FieldErrorCode.NOT_A_NUMBER, _not_a_number),
    "digits": (FieldErrorCode.TOO_LONG, _plain("has too many digits")),
    "finite_number": (FieldErrorCode.NOT_A_NUMBER, _not_a_number),
    "bool_": (FieldErrorCode.WRONG_TYPE, _plain("must be true or false")),
    "string_pattern_mismatch": (FieldErrorCode.WRONG_FORMAT, _example),
    "string_unicode": (FieldErrorCode.WRONG_FORMAT, _plain("is not text in Unicode")),
    "string_": (FieldErrorCode.WRONG_TYPE, _plain("must be text")),
    "uuid_": (FieldErrorCode.WRONG_FORMAT, _plain("is not an id")),
    "date": (FieldErrorCode.WRONG_FORMAT, _plain("is not a date and time with a time zone")),
    "time": (FieldErrorCode.WRONG_FORMAT, _plain("is not a time")),
    "url_": (FieldErrorCode.WRONG_FORMAT, _plain("is not a web address")),
    "model_": (FieldErrorCode.WRONG_TYPE, _example),
    "dict_": (FieldErrorCode.WRONG_TYPE, _example),
    "tuple_": (FieldErrorCode.WRONG_TYPE, _plain("must be a list")),
    "list_": (FieldErrorCode.WRONG_TYPE, _plain("must be a list")),
    "set_": (FieldErrorCode.WRONG_TYPE, _plain("must be a list")),
}
"""By how pydantic's kind of error begins; the first that fits."""
