"""The commands that the README tells a new user to type, typed."""

import re
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.clips import make_clip
from fixtures.product import PASSWORD, Archive, Product, found_within
from fixtures.programs import run_program, succeed

README = Path(__file__).parents[2] / "README.md"
SCRIPTS = Path(sys.executable).parent
SECONDS = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a video, as the README has it."""
    make_clip(tmp_path / "holiday.mp4", seconds=SECONDS)
    return tmp_path


def documented(beginning: str) -> list[str]:
    """The lines of the README's one shell block that has a line beginning so."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    (block,) = (block for block in blocks if re.search(f"^{beginning}", block, re.MULTILINE))
    return str(block).splitlines()


def assert_frames(path: Path) -> None:
    """The archive holds a frame of every second second, each showing what it should."""
    archive = Archive(path.read_bytes())
    archive.assert_whole()
    assert archive.numbers() == [0, 50, 100]


async def assert_mailed_once(product: Product, email: str) -> None:
    """One mail more says that the video is ready."""
    await product.settled()
    mails = [mail for mail in product.stack.aws.mailbox() if email in mail["To"]]
    assert [mail["Subject"] for mail in mails] == [
        "Confirm your e-mail address",
        "Your frames are ready: “holiday.mp4”",
    ]


async def confirming(product: Product, email: str) -> str:
    """The command in the mail that registering brings."""

    async def look() -> list[str]:
        mails = [mail for mail in product.stack.aws.mailbox() if email in mail["To"]]
        return [line for mail in mails for line in mail["BodyText"].splitlines() if "curl" in line]

    (line,) = await found_within(30, look, "the mail with the link")
    return line.strip()


async def test_readme_commands_of_the_client_work(product: Product, folder: Path) -> None:
    email = f"{uuid4().hex}@example.org"
    lines = [
        line.replace("you@example.org", email)
        for line in documented("fotograma register")
        if line.startswith("fotograma ")
    ]
    assert [line.split()[1] for line in lines] == ["register", "login", "upload"]
    environment = {
        "FOTOGRAMA_CONFIG_DIR": str(folder / "config"),
        "FOTOGRAMA_PASSWORD": PASSWORD,
        "FOTOGRAMA_SERVER": product.stack.url,
        "PATH": f"{SCRIPTS}:/usr/bin:/bin",
    }
    register, *rest = lines
    await succeed("bash", "-c", register, folder=folder, environment=environment)
    await succeed("bash", "-c", await confirming(product, email), folder=folder)
    for line in rest:
        await succeed("bash", "-c", line, folder=folder, environment=environment)

    assert_frames(folder / "holiday.zip")
    await assert_mailed_once(product, email)
    credentials = [path for path in (folder / "config").iterdir() if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in credentials} == {0o600}

    for line in documented("fotograma extract"):
        await succeed("bash", "-c", line, folder=folder, environment=environment)
    Archive((folder / "keyframes" / "holiday.zip").read_bytes()).assert_whole()

    listed = await succeed("fotograma", "list", folder=folder, environment=environment)
    assert re.search(r"holiday\.mp4\s+ready\b", listed)
    await succeed(
        "fotograma", "delete", "-y", "holiday.mp4", folder=folder, environment=environment
    )
    await succeed("fotograma", "logout", folder=folder, environment=environment)
    refused = await run_program("fotograma", "list", folder=folder, environment=environment)
    assert refused.exit_status != 0
    assert "fotograma login" in refused.stderr


async def test_readme_commands_of_curl_work(product: Product, folder: Path) -> None:
    email = f"{uuid4().hex}@example.org"
    address = product.stack.url.removeprefix("http://")
    lines = [
        line.replace("you@example.org", email).replace("localhost:8080", address)
        for line in documented("curl .*/auth/register")
    ]
    (asking,) = (n for n, line in enumerate(lines) if re.match(r"curl -s \S+/video/\$VIDEO ", line))
    lines[asking] = f"""until {lines[asking]} | grep -q '"status":"ready"'; do sleep 0.3; done"""

    (opening,) = (n for n, line in enumerate(lines) if "/auth/verify" in line)
    await succeed("bash", "-ec", "\n".join(lines[:opening]), folder=folder)
    told = await confirming(product, email)
    (token,) = re.findall(r'"token": "([\w-]+)"', told)
    lines[opening] = lines[opening].replace("THE-ONE-IN-THE-MAIL", token)
    assert lines[opening].replace(" -s ", " ") == told.replace("http://", "")
    await succeed("bash", "-ec", "\n".join(lines[opening:]), folder=folder)

    assert_frames(folder / "frames.zip")
    await assert_mailed_once(product, email)
