"""Recipes come from users: what they mean exactly, and what is refused."""

import json
from fractions import Fraction

import pytest
from fotograma_contracts.recipe import (
    AtTimes,
    EveryInterval,
    Origin,
    PerSecond,
    Recipe,
    SceneChanges,
    parse_percent,
)
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError


def test_default_is_one_png_for_each_second() -> None:
    recipe = Recipe.model_validate_json("{}")
    assert recipe.sampling == EveryInterval(seconds=Fraction(1))
    assert recipe.output.format == "png"


def test_decimals_are_exact() -> None:
    recipe = Recipe.model_validate_json('{"sampling": {"mode": "fps", "fps": 29.97}, "start": 0.1}')
    assert recipe.sampling == PerSecond(fps=Fraction(2997, 100))
    assert recipe.start == Fraction(1, 10)


def test_times_are_seconds_or_per_cent_as_written() -> None:
    body = '{"sampling": {"mode": "times", "times": [1.5, "1001/30", "33.3%", "100%"]}}'
    recipe = Recipe.model_validate_json(body)
    assert isinstance(recipe.sampling, AtTimes)
    assert recipe.sampling.times == (Fraction(3, 2), Fraction(1001, 30), "33.3%", "100%")
    assert parse_percent("33.3%") == Fraction(333, 1000)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_scenes_have_defaults() -> None:
    recipe = Recipe.model_validate_json('{"sampling": {"mode": "scene"}}')
    assert recipe.sampling == SceneChanges(threshold=0.3, min_distance=Fraction(1))
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


_LENGTHS = st.fractions(min_value=1, max_value=10**6, max_denominator=10**10)


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**10), _LENGTHS)
def test_round_trip(start: Fraction, length: Fraction) -> None:
    recipe = Recipe(start=start, end=start + length)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


@example("0." + "0" * 39 + "1")
@given(st.from_regex(r"\A[0-9]{1,45}(\.[0-9]{1,45}|/[1-9][0-9]{0,45})?\Z"))
def test_what_is_accepted_is_accepted_again(start: str) -> None:
    try:
        recipe = Recipe.model_validate({"start": start})
    except ValidationError:
        assert len(start) > 20
    else:
        assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


@pytest.mark.parametrize(
    "seconds", ['"1/0"', "NaN", "Infinity", "1e-300", '"1e999999999"', "true", "0", "-1", '"abc"']
)
def test_impossible_intervals_are_refused(seconds: str) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate_json(f'{{"sampling": {{"mode": "interval", "seconds": {seconds}}}}}')


@pytest.mark.parametrize(
    "body",
    [
        '{"start": 5, "end": 4}',
        '{"start": 5, "end": 5}',
        '{"sampling": {"mode": "sometimes"}}',
        '{"sampling": {"mode": "times", "times": []}}',
        '{"sampling": {"mode": "times", "times": ["101%"]}}',
        '{"sampling": {"mode": "times", "times": ["-1%"]}}',
        '{"sampling": {"mode": "times", "times": ["1e1%"]}}',
        '{"sampling": {"mode": "scene", "threshold": 0}}',
        '{"sampling": {"mode": "scene", "threshold": 1.1}}',
        '{"sampling": {"mode": "scene", "min_distance": -1}}',
        '{"sampling": {"mode": "count", "count": 0}}',
        '{"output": {"format": "gif"}}',
        '{"output": {"quality": 0}}',
        '{"smapling": {"mode": "all"}}',
        "[]",
        "not json",
    ],
)
def test_what_makes_no_sense_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate_json(body)


def test_origin_and_stream_are_written_only_where_they_are_used() -> None:
    """The release before refuses fields it does not know, and a request is known by its bytes."""
    assert not {"origin", "stream"} & json.loads(Recipe().model_dump_json()).keys()
    recipe = Recipe(origin=Origin.FILE, stream="video:1")
    written = json.loads(recipe.model_dump_json())
    assert (written["origin"], written["stream"]) == ("file", "video:1")
    assert Recipe.model_validate(written) == recipe


@pytest.mark.parametrize("stream", [-1, 10_000, "video:", "video:-1", "audio:0", 1.5])
def test_what_names_no_stream_is_refused(stream: object) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate({"stream": stream})
