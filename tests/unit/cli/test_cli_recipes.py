import json
from fractions import Fraction
from pathlib import Path

import pytest
from fotograma_cli.errors import CommandError, WrongUsage
from fotograma_cli.recipe_options import ImageFormat, Origin, RecipeOptions
from fotograma_cli.recipes import parse_number, parse_time, recipe_json
from fotograma_contracts.recipe import Recipe
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 99_999), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_clock_time_is_parsed_exactly(hours: int, minutes: int, seconds: int, millis: int) -> None:
    expected = hours * 3600 + minutes * 60 + seconds + Fraction(millis, 1000)
    assert Fraction(parse_time(f"{hours}:{minutes:02}:{seconds:02}.{millis:03}")) == expected


@given(st.integers(0, 9_999_999), st.integers(0, 59))
def test_minutes_without_hours_may_be_many(minutes: int, seconds: int) -> None:
    assert int(parse_time(f"{minutes}:{seconds:02}")) == minutes * 60 + seconds


@given(st.decimals(0, 10**9, places=6))
def test_seconds_stay_as_they_were_written(seconds: object) -> None:
    assert parse_time(f" {seconds} ") == str(seconds)


@given(st.text(max_size=20))
def test_every_parsed_time_is_valid_in_the_contract(text: str) -> None:
    try:
        time = parse_time(text)
    except WrongUsage:
        return
    assert Recipe.model_validate_json(json.dumps({"start": time})).start == Fraction(time)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1:2", "1:60", "1:60:00", "1:00:60", "1e3", "1:00:00:00", "1.", "٣"]
)
def test_invalid_times_are_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="not a time"):
        parse_time(text)


@pytest.mark.parametrize("text", ["", "-1", "1/0", "nan", "0x1", "1e9"])
def test_invalid_numbers_are_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="not a number"):
        parse_number(text)


def test_no_options_leave_the_recipe_to_the_server() -> None:
    assert recipe_json(RecipeOptions()) is None


@pytest.mark.parametrize(
    ("options", "sampling"),
    [
        (RecipeOptions(every="0.5"), {"mode": "interval", "seconds": "1/2"}),
        (RecipeOptions(fps="30000/1001"), {"mode": "fps", "fps": "30000/1001"}),
        (RecipeOptions(count=7), {"mode": "count", "count": 7}),
        (RecipeOptions(at=["1:00.5", "2"]), {"mode": "times", "times": ["121/2", "2"]}),
        (RecipeOptions(keyframes=True), {"mode": "keyframes"}),
        (RecipeOptions(all_frames=True), {"mode": "all"}),
    ],
)
def test_each_mode_is_a_recipe_of_the_contract(
    options: RecipeOptions, sampling: dict[str, object]
) -> None:
    sent = recipe_json(options)
    assert sent is not None
    recipe = Recipe.model_validate_json(sent)
    assert recipe.model_dump(mode="json")["sampling"] == sampling


def test_range_and_output_are_sent() -> None:
    sent = recipe_json(
        RecipeOptions(start="0", end="01:00:00", format=ImageFormat.JPG, quality=80, max_width=640)
    )
    assert sent is not None
    recipe = Recipe.model_validate_json(sent)
    assert (recipe.start, recipe.end) == (Fraction(0), Fraction(3600))
    assert recipe.output.model_dump(mode="json") == {
        "format": "jpg",
        "quality": 80,
        "max_width": 640,
        "max_height": None,
    }


def test_modes_exclude_each_other() -> None:
    with pytest.raises(WrongUsage, match="--fps and --all"):
        recipe_json(RecipeOptions(fps="1", all_frames=True))


def test_whole_recipe_goes_as_it_is(tmp_path: Path) -> None:
    text = '{"sampling": {"mode": "all"}}'
    (tmp_path / "recipe.json").write_text(text)
    assert recipe_json(RecipeOptions(recipe=text)) == text
    assert recipe_json(RecipeOptions(recipe=str(tmp_path / "recipe.json"))) == text


@pytest.mark.parametrize("recipe", ["{", "{'mode': 1}"])
def test_recipe_that_is_no_json_is_refused(recipe: str) -> None:
    with pytest.raises(WrongUsage, match="not JSON"):
        recipe_json(RecipeOptions(recipe=recipe))


def test_recipe_must_be_an_object_in_a_readable_file(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "binary.json").write_bytes(b"\xff")
    for name in ("list.json", "binary.json"):
        with pytest.raises(WrongUsage):
            recipe_json(RecipeOptions(recipe=str(tmp_path / name)))
    with pytest.raises(CommandError, match="Cannot read"):
        recipe_json(RecipeOptions(recipe=str(tmp_path / "absent.json")))


def test_whole_recipe_excludes_the_options() -> None:
    with pytest.raises(WrongUsage, match="--recipe"):
        recipe_json(RecipeOptions(recipe="{}", keyframes=True))


def test_scene_and_percentage_options_make_recipes() -> None:
    def sampling(options: RecipeOptions) -> object:
        return json.loads(recipe_json(options) or "{}")["sampling"]

    assert sampling(RecipeOptions(scenes=True)) == {"mode": "scene"}
    assert sampling(RecipeOptions(scene_threshold=0.4, scene_distance="0:02")) == {
        "mode": "scene",
        "threshold": 0.4,
        "min_distance": "2",
    }
    at = RecipeOptions(at=["1:30", "50%", " 12.5% "])
    assert sampling(at) == {"mode": "times", "times": ["90", "50%", "12.5%"]}
    Recipe.model_validate_json(recipe_json(at) or "")
    with pytest.raises(WrongUsage, match="not a share"):
        recipe_json(RecipeOptions(at=["1/2%"]))
    with pytest.raises(WrongUsage, match="exclude each other"):
        recipe_json(RecipeOptions(scenes=True, keyframes=True))


@pytest.mark.parametrize(("given", "sent"), [("1", 1), ("video:1", "video:1"), (" 0 ", 0)])
def test_stream_is_named_as_the_recipe_names_it(given: str, sent: int | str) -> None:
    text = recipe_json(RecipeOptions(stream=given, origin=Origin.FILE))
    assert text is not None
    assert json.loads(text) == {"origin": "file", "stream": sent}
    recipe = Recipe.model_validate_json(text)
    assert (recipe.stream, recipe.origin) == (sent, "file")


@pytest.mark.parametrize("text", ["", "-1", "video:", "audio:1", "12345"])
def test_invalid_stream_option_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="not a stream"):
        recipe_json(RecipeOptions(stream=text))
