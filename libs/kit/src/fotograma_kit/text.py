"""Text from users that is shown to people."""

from collections.abc import Iterator

ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"
JOINERS = ZERO_WIDTH_NON_JOINER + ZERO_WIDTH_JOINER
_FIRST_JOINED = "\u0590"
"""The first of the scripts that join letters comes after it. Between Latin, Greek and Cyrillic
letters a joiner shows nothing: it would only make two names look the same."""


def needed_joiners(text: str) -> Iterator[int]:
    """Where joiners belong to the spelling: inside words of Persian or Indic scripts, and emoji."""
    for at, character in enumerate(text):
        if character in JOINERS and 0 < at < len(text) - 1:
            around = (text[at - 1], text[at + 1])
            if all(each > _FIRST_JOINED and each.isprintable() for each in around):
                yield at
