"""The passwords that are tried first, as NIST SP 800-63B (3.1.1.2) has them refused.

The list has some 10,000, most of them shorter than a password may be; so a password is compared by
what people make it longer with: capitals, digits and signs at its ends, signs for letters, and
saying it twice.
"""

from importlib.resources import files

_LISTED = frozenset(files(__package__).joinpath("common_passwords.txt").read_text("ascii").split())
_SIGNS_FOR_LETTERS = str.maketrans("@431!0$57", "aeiiiosst")
_FEW_CHARACTERS = 3
"""A password that repeats no more than these is as good as one of them."""
_RUNS = tuple(
    run * 3
    for row in ("1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop")
    for run in (row, row[::-1])
)


def is_common(password: str) -> bool:
    """Whether it is on the list, or a run of neighbouring keys, or made of such a word."""
    text = password.casefold()
    word = _repeated(_word_in(text))
    return (
        _repeated(text) in _LISTED
        or word in _LISTED
        or word.translate(_SIGNS_FOR_LETTERS) in _LISTED
        or len(_repeated(text)) <= _FEW_CHARACTERS
        or any(text in run for run in _RUNS)
    )


def _word_in(text: str) -> str:
    """Without what is no letter at both ends."""
    letters = [index for index, character in enumerate(text) if character.isalpha()]
    return text[letters[0] : letters[-1] + 1] if letters else ""


def _repeated(text: str) -> str:
    """The shortest text that gives this one when it is repeated."""
    return text[: (text + text).find(text, 1)]
