"""What is wrong with a request, in words for people and codes for programs."""

import json
import re
from typing import Any

import pytest
from fotograma_contracts.recipe import MODES, Recipe, Sampling
from fotograma_contracts.wording import RECIPE
from fotograma_kit.field_errors import FieldError, FieldErrorCode, field_errors, sentences
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError


def wrong(recipe: object) -> list[FieldError]:
    try:
        Recipe.model_validate_json(json.dumps(recipe))
    except ValidationError as error:
        return field_errors(error.errors(include_input=False))
    return []


def sampling(mode: str, **fields: Any) -> dict[str, Any]:
    return {"sampling": {"mode": mode, **fields}}


@pytest.mark.parametrize(
    ("recipe", "field", "code", "limit", "detail"),
    [
        (
            sampling("interval", seconds=0),
            "sampling.seconds",
            "too_small",
            0.001,
            "The interval must be at least 0.001 seconds.",
        ),
        (
            sampling("interval", seconds="abc"),
            "sampling.seconds",
            "not_a_number",
            None,
            "The interval must be written like 2, 0.5 or 1001/30000.",
        ),
        (
            sampling("fps", fps=0),
            "sampling.fps",
            "too_small",
            0.000001,
            "The number of frames a second must be at least 0.000001.",
        ),
        (
            sampling("times", times=["150%"]),
            "sampling.times.0",
            "too_large",
            100,
            "A share can be at most 100 %.",
        ),
        (
            sampling("times", times=[-1]),
            "sampling.times.0",
            "too_small",
            0,
            "A time must be at least 0 seconds.",
        ),
        (
            sampling("times", times=[]),
            "sampling.times",
            "too_short",
            1,
            "The list of times must have at least 1 entry.",
        ),
        (
            {"start": 5, "end": 2},
            "end",
            "end_before_start",
            None,
            "The end must be later than the start.",
        ),
        (
            {"output": {"max_width": 5}},
            "output.max_width",
            "too_small",
            16,
            "The maximum width must be at least 16 pixels.",
        ),
        (
            {"output": {"format": "gif"}},
            "output.format",
            "not_a_choice",
            None,
            "The format must be one of these: png, jpg or webp.",
        ),
        ({"stream": -1}, "stream", "too_small", 0, "The stream must be at least 0."),
        (
            {"stream": "second"},
            "stream",
            "not_a_number",
            None,
            'The stream must be written like 1 or "video:1".',
        ),
        (
            {"stream": "video:x"},
            "stream",
            "wrong_format",
            None,
            'The stream must be written like 1 or "video:1".',
        ),
        (sampling("count"), "sampling.count", "required", None, "The number of frames is missing."),
        ({"sampling": {}}, "sampling", "required", None, "The mode is missing."),
        ({"color": 1}, "color", "unknown_field", None, "“color” is not a field that there is."),
    ],
)
def test_recipe_is_refused_in_one_plain_sentence(
    recipe: object, field: str, code: str, limit: float | None, detail: str
) -> None:
    assert [error.model_dump(mode="json") for error in wrong(recipe)] == [
        {"field": field, "code": code, "limit": limit, "detail": detail}
    ]


_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**45), 10**45)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([*MODES, "50%", "150%", "1/0", "1e9", "x", "", "9" * 150, "png"])
)
_names = st.sampled_from([*RECIPE, "nonsense", "percent"])
_anything = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4)
)
_PYTHON = re.compile(
    r"Fraction|Tuple|tuple|dict|Input should|Value error|Decimal|None|True|pydantic|\bstr\b"
)


@given(
    _anything
    | st.builds(
        lambda mode, rest: {"sampling": {**rest, "mode": mode}},
        st.sampled_from([*MODES]),
        st.dictionaries(_names, _leaves, max_size=3),
    )
)
def test_refusals_speak_no_python_whatever_the_recipe(recipe: object) -> None:
    for error in wrong(recipe):
        assert error.code in FieldErrorCode
        assert error.code is not FieldErrorCode.INVALID, error
        assert not _PYTHON.search(error.detail), error
        assert error.detail[0].isupper() or error.detail[0] == "“"
        assert error.detail.endswith(".")
        assert not {"percent", *MODES} & set(error.field.split(".")[1:-1]) - {"times"}


def test_modes_are_those_of_the_samplings() -> None:
    schema = TypeAdapter(Sampling).json_schema()
    assert set(schema["discriminator"]["mapping"]) == MODES


class Person(BaseModel):
    """Something that is no recipe."""

    name: str
    age: int


def test_other_fields_are_called_by_their_names() -> None:
    with pytest.raises(ValidationError) as raised:
        Person.model_validate({"age": "old"})
    errors = field_errors(raised.value.errors())
    assert [error.code for error in errors] == ["required", "not_a_number"]
    assert sentences(errors) == "“name” is missing. “age” must be a whole number."
