"""Code that ships stays readable: no file above 400 lines, no function above 60."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = (
    *("libs", "local", "cli", "installer"),
    *("services/auth", "services/notify", "services/video", "services/worker"),
)
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
VIDEO = ROOT / "services/video/src/fotograma_video"
MAX_PACKAGE_FILES = 12
MAX_ROOMS = 30


def _files(folder: str) -> list[Path]:
    """Python files that ship, but for migrations: each is one step, and what ran is not changed."""
    files = ROOT.joinpath(folder).rglob("src/**/*.py")
    return sorted(file for file in files if file.parent.name != "versions")


def _functions(source: str) -> Iterator[tuple[str, int]]:
    """The name of each function and method, and its lines without decorators."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.name, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("folder", SHIPPED)
def test_code_that_ships_has_no_long_file(folder: str) -> None:
    lines = {file: len(file.read_text().splitlines()) for file in _files(folder)}
    assert lines
    assert {file: count for file, count in lines.items() if count > MAX_FILE_LINES} == {}


@pytest.mark.parametrize("folder", SHIPPED)
def test_code_that_ships_has_no_long_function(folder: str) -> None:
    lengths = [(file, *each) for file in _files(folder) for each in _functions(file.read_text())]
    assert lengths
    assert [each for each in lengths if each[-1] > MAX_FUNCTION_LINES] == []


def test_video_has_no_crowded_package() -> None:
    """The migrations' folder grows with every change of a table."""
    packages = {init.parent for init in VIDEO.glob("*/__init__.py")} - {VIDEO / "migrations"}
    files = {package.name: len(list(package.glob("*.py"))) for package in packages}
    assert files
    assert {name: count for name, count in files.items() if count > MAX_PACKAGE_FILES} == {}


def test_video_has_few_rooms() -> None:
    packages = {init.parent for init in VIDEO.glob("*/__init__.py")}
    files = {file for file in VIDEO.glob("*.py") if file.name != "__init__.py"}
    assert 0 < len(packages | files) <= MAX_ROOMS


def test_files_of_tests_have_names_of_their_own() -> None:
    """Pytest takes those of one name for one module, and a run of all ends before it begins."""
    names = Counter(path.name for path in ROOT.joinpath("tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
