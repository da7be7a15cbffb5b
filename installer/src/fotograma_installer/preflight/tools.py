"""Whether the programs that deploying needs are on this machine, new enough."""

import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from fotograma_installer.decisions import Environment
from fotograma_installer.preflight.findings import Finding, failure, good
from fotograma_installer.programs import ProgramFailed, Programs

Version = tuple[int, ...]


class Tool(NamedTuple):
    """A program, how it tells its version, the oldest that does, and where newer ones are."""

    words: tuple[str, ...]
    oldest: Version
    brew: str
    page: str


TOOLS = (
    Tool(
        ("terraform", "version"),
        (1, 11),
        "hashicorp/tap/terraform",
        "https://developer.hashicorp.com/terraform/install",
    ),
    Tool(
        ("aws", "--version"),
        (2,),
        "awscli",
        "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    ),
    Tool(
        ("kubectl", "version", "--client"),
        (1, 34),
        "kubectl",
        "https://kubernetes.io/docs/tasks/tools/",
    ),
    Tool(("git", "--version"), (2, 30), "git", "https://git-scm.com/downloads"),
)
DOCKER = Tool(
    ("docker", "--version"), (23,), "--cask docker", "https://docs.docker.com/engine/install/"
)


def check_tools(of: Environment, programs: Programs) -> Iterator[Finding]:
    """Docker only where images are built here; released ones are pulled by the cluster."""
    for tool in (*TOOLS, *(() if of.images else (DOCKER,))):
        yield _check(tool, programs)


def _check(tool: Tool, programs: Programs) -> Finding:
    name = tool.words[0]
    install = f"brew install {tool.brew}" if sys.platform == "darwin" else tool.page
    try:
        said = programs.read(*tool.words)
    except ProgramFailed as error:
        return failure(str(error), install)
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    version = tuple(int(part) for part in match.groups() if part) if match else ()
    if version < tool.oldest:
        needed = ".".join(map(str, tool.oldest))
        return failure(f"{name} {_dotted(version) or 'of no version'}: {needed} is needed", install)
    return good(f"{name} {_dotted(version)}")


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
