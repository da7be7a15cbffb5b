"""`make migration`: the next file of a service's migrations, in its folder."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path("scripts/new_migration.py")
VERSIONS = Path("services/video/src/fotograma_video/migrations/versions")


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, copy / SCRIPT, *arguments], capture_output=True, text=True, check=False
    )


def copy_tree(copy: Path) -> None:
    """What the script writes beside."""
    (copy / SCRIPT).parent.mkdir()
    shutil.copy(ROOT / SCRIPT, copy / SCRIPT)
    shutil.copytree(ROOT / VERSIONS, copy / VERSIONS)


def test_new_migration_is_the_next_and_empty_where_models_have_not_changed(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    newest = max(path.name[:4] for path in (ROOT / VERSIONS).glob("[0-9]*.py"))
    made = run(tmp_path, "video", "Remember who paid, and when.")
    assert made.returncode == 0, made.stderr
    path = VERSIONS / f"{int(newest) + 1:04}_remember_who_paid_and.py"
    assert made.stdout == f"{path}\n"
    text = (tmp_path / path).read_text()
    assert text.startswith('"""Remember who paid, and when."""\n')
    assert f'down_revision: str | None = "{newest}"' in text
    assert text.count("    pass\n") == 2


def test_new_migration_refuses_a_service_without_a_database(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    for arguments in (("worker", "Add a table"), ("video", " ")):
        refused = run(tmp_path, *arguments)
        assert refused.returncode == 2
        assert refused.stderr.startswith("make migration SERVICE=video ")
