"""What the page and the rest agree on, as far as it can be seen without Node."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fotograma_web import STATIC

ROOT = Path(__file__).parents[2]
APP = ROOT / "web/app"
MAX_FILE_LINES = 400
COMPRESSED = (".css", ".html", ".js", ".json", ".svg")


LANGUAGES = ("en", "pt")
KB = 1000
OPENED_BY_FEW = ("admin-*.js", "check-*.js", "first-visit-*.js", "help-*.js", "player-*.js")
"""Screens that are fetched when they are opened, and not before."""


def _gzipped(*names: str) -> int:
    """Bytes on their way to a browser; of files that are all there."""
    found = {name: list(STATIC.glob(f"{name}.gz")) for name in names}
    assert all(found.values()), found
    return sum(path.stat().st_size for paths in found.values() for path in paths)


def _asked_for_by_html() -> list[str]:
    return re.findall(r'/(assets/[^"]+)"', (STATIC / "index.html").read_text())


def test_failures_and_warnings_are_told_in_the_words_of_the_mails() -> None:
    script = ROOT / "scripts/write_page_phrases.py"
    written = subprocess.run([sys.executable, script], capture_output=True, check=True).stdout
    assert json.loads(written) == json.loads((APP / "words/phrases.json").read_text())


def test_the_help_lists_what_can_be_read() -> None:
    script = ROOT / "scripts/write_page_formats.py"
    written = subprocess.run([sys.executable, script], capture_output=True, check=True).stdout
    assert json.loads(written) == json.loads((APP / "help/formats.json").read_text())


def test_all_that_is_bundled_has_its_notice() -> None:
    packages = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    notices = {each["name"]: each for each in json.loads((APP / "help/notices.json").read_text())}
    for name in json.loads((ROOT / "web/package.json").read_text())["dependencies"]:
        package, notice = packages[f"node_modules/{name}"], notices[name]
        assert (notice["version"], notice["license"]) == (package["version"], package["license"])
        assert len(notice["text"]) > 500


def test_every_built_text_file_lies_beside_its_compressed_ones() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in COMPRESSED]
    assert STATIC / "index.html" in files
    for path in files:
        assert path.with_name(f"{path.name}.br").is_file()
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_load_is_light(language: str) -> None:
    asked_for = [name for name in _asked_for_by_html() if not name.endswith(".svg")]
    assert {Path(name).suffix for name in asked_for} == {".css", ".js"}
    # The script fetches the words of one language before it shows anything.
    assert _gzipped("index.html", *asked_for, f"assets/{language}-*.js") <= 50 * KB


def test_the_style_is_light() -> None:
    assert _gzipped("assets/*.css") <= 12 * KB


def test_preflight_is_light() -> None:
    assert _gzipped("assets/worker-*.js") <= 75 * KB


def test_what_comes_after_the_first_load_is_light() -> None:
    others = {*_asked_for_by_html(), *(f"assets/{language}-*.js" for language in LANGUAGES)}
    others |= {f"assets/{name}" for name in ("worker-*.js", *OPENED_BY_FEW)}
    parts = [
        f"assets/{path.name}"
        for path in (STATIC / "assets").glob("*.js")
        if not any(path.match(name) for name in others)
    ]
    assert _gzipped(*parts) <= 60 * KB


@pytest.mark.parametrize("part", OPENED_BY_FEW)
def test_what_few_open_is_light(part: str) -> None:
    assert _gzipped(f"assets/{part}") <= 8 * KB


def test_the_built_page_holds_no_inline_script_or_style() -> None:
    html = (STATIC / "index.html").read_text()
    assert "<style" not in html
    assert "style=" not in html
    assert html.count("<script") == html.count('<script type="module" crossorigin src="/assets/')


def test_the_page_sets_no_markup() -> None:
    sources = [*APP.rglob("*.ts"), *APP.rglob("*.tsx")]
    assert sources
    for path in sources:
        assert "innerHTML" not in path.read_text(), path
        assert "dangerouslySetInnerHTML" not in path.read_text(), path


def test_no_file_of_the_page_is_long() -> None:
    sources = [*APP.rglob("*.ts"), *APP.rglob("*.tsx"), *APP.rglob("*.css")]
    written = [path for path in sources if not path.name.endswith(".d.ts")]
    lines = {path: len(path.read_text().splitlines()) for path in written}
    lines = {path: count for path, count in lines.items() if path.parent.name != "words"}
    assert {path: count for path, count in lines.items() if count > MAX_FILE_LINES} == {}


def test_the_lock_file_names_no_registry_but_the_public_one() -> None:
    packages = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    addresses = {package["resolved"] for package in packages.values() if "resolved" in package}
    assert all(each.startswith("https://registry.npmjs.org/") for each in addresses)
    pinned = json.loads((ROOT / "web/package.json").read_text())
    versions = {**pinned["dependencies"], **pinned["devDependencies"]}.values()
    assert all(version[0].isdigit() for version in versions)
