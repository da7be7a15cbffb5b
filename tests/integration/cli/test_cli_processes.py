"""The command as its own process: locks, signals and standard output are the real ones."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.fake_api import running_api
from fixtures.fake_api_state import PASSWORD, FakeApi

COMMAND = [sys.executable, "-c", "from fotograma_cli.main import app; app()"]
DEADLINE = 60


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A server to talk to."""
    with running_api() as running:
        yield running


@pytest.fixture
def environment(api: FakeApi, tmp_path: Path) -> dict[str, str]:
    """Of commands that are logged in."""
    variables = {
        **os.environ,
        "FOTOGRAMA_CONFIG_DIR": str(tmp_path / "config"),
        "FOTOGRAMA_SERVER": api.address,
        "FOTOGRAMA_PASSWORD": PASSWORD,
    }
    subprocess.run(
        [*COMMAND, "login", "ana@example.com"], env=variables, check=True, timeout=DEADLINE
    )
    return variables


@pytest.mark.middle
def test_commands_at_once_refresh_only_once(api: FakeApi, environment: dict[str, str]) -> None:
    api.end_access_token()
    running = [
        subprocess.Popen([*COMMAND, "list", "--json"], env=environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in running:
        stdout, _ = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
        assert json.loads(stdout) == {"videos": [], "more": False}
    assert api.refreshes == 1


def test_ctrl_c_ends_a_waiting_upload_cleanly(
    api: FakeApi, environment: dict[str, str], tmp_path: Path
) -> None:
    api.polls = 10**6
    video = tmp_path / "a.mp4"
    video.write_bytes(b"video")
    with subprocess.Popen(
        [*COMMAND, "upload", str(video), "-o", str(tmp_path / "out")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("a.mp4 uploaded: ")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert (stdout, stderr) == ("", "Error: Interrupted.\n")
    assert list((tmp_path / "out").iterdir()) == []


def test_command_imports_none_of_the_servers_parts() -> None:
    script = (
        "import sys, fotograma_cli.main;"
        "print([m for m in sys.modules if m.startswith('fotograma_') and m != 'fotograma_cli'"
        " and not m.startswith('fotograma_cli.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=DEADLINE
    )
    assert done.stdout == "[]\n"
