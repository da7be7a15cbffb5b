"""What Git says of a working copy."""

import re
import subprocess
from pathlib import Path


def github_repository(root: Path) -> str | None:
    """`owner/name` of where `origin` points, if that is GitHub."""
    asked = subprocess.run(  # noqa: S603 - these words, and no shell
        ["git", "-C", str(root), "remote", "get-url", "origin"],  # noqa: S607 - the operator's git
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"github\.com[:/]([\w-]+/[\w.-]+?)(\.git)?/?$", asked.stdout.strip())
    return match[1] if match else None
