"""Exit codes of the command."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes. They are part of the interface: scripts tell outcomes apart by them."""

    OK = 0
    FAILED = 1
    """An extraction failed, or anything that has no code of its own."""
    USAGE = 2
    """The command line or the recipe is wrong, or a name fits several videos."""
    NOT_LOGGED_IN = 3
    """Not logged in, or the credentials were refused."""
    NOT_FOUND = 4
    """No such video, extraction or file."""
    UNAVAILABLE = 5
    """The server cannot be reached or does not answer."""
    LIMIT = 6
    """A limit of the account is reached, or the file is too large."""
    NOT_READY = 7
    """There is nothing to download yet."""
    INTERRUPTED = 130
    """Ctrl-C."""


EXIT_CODES = """\
Exit codes: 0 done; 1 failed; 2 wrong usage or recipe; 3 not logged in or credentials refused; \
4 not found; 5 server unreachable or unavailable; 6 a limit is reached; 7 not ready yet; \
130 interrupted."""
"""For `--help`."""
