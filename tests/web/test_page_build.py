"""The built page that is committed is the one that its sources give, whoever builds it where."""

import filecmp
import shutil
from pathlib import Path

import pytest
from fixtures.page import NPM_SECONDS, ROOT, run_npm
from fotograma_web import STATIC

SOURCES = ("app", "index.html", "package.json", "tsconfig.json", "vite.config.ts")

pytestmark = pytest.mark.timeout(2 * NPM_SECONDS)


def _differences(one: Path, other: Path) -> set[Path]:
    """Files that are in one folder alone, or differ. Compressed ones are left out: their bytes
    depend on the machine, and a contract test holds them to the plain ones.
    """
    names = {
        path.relative_to(folder)
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".br", ".gz"}
    }
    assert names
    _, different, missing = filecmp.cmpfiles(one, other, [str(n) for n in names], shallow=False)
    return {Path(name) for name in (*different, *missing)}


def test_the_committed_page_is_what_its_sources_give(tmp_path: Path) -> None:
    run_npm("--version")  # installs what the lock file says
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in SOURCES:
        source = ROOT / "web" / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, elsewhere / name)
    (elsewhere / "node_modules").symlink_to(ROOT / "web/node_modules")
    run_npm("--prefix", str(elsewhere), "run", "build", "--", "--logLevel", "error")
    assert _differences(STATIC, elsewhere / "src/fotograma_web/static") == set()


def test_the_types_of_the_apis_are_current(tmp_path: Path) -> None:
    run_npm("run", "types", "--", str(tmp_path))
    written = sorted(tmp_path.iterdir())
    assert [path.name for path in written] == ["auth.d.ts", "notify.d.ts", "video.d.ts"]
    for path in written:
        assert path.read_text() == (ROOT / "web/app/api" / path.name).read_text()


def test_the_notices_are_those_of_what_is_installed(tmp_path: Path) -> None:
    written = tmp_path / "notices.json"
    run_npm("run", "notices", "--", str(written))
    assert written.read_text() == (ROOT / "web/app/help/notices.json").read_text()


def test_the_parts_of_the_page() -> None:
    run_npm("run", "test")


def test_the_sources_are_in_order() -> None:
    run_npm("run", "check")
