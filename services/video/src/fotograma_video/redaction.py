"""What programs say, without what they may repeat of users: names, addresses, tokens, URLs."""

import re

LEFT_OUT = "…"

_QUOTED = re.compile(r"""(["'`]).*?(?:\1|$)|“.*?(?:”|$)""", re.DOTALL)
_WORD = r"[A-Za-z][A-Za-z_-]{0,29}[0-9]{0,3}"
"""As well the name of an error; a token has more digits, or is longer."""
_NUMBER = r"[0-9]{1,12}"
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PLAIN = re.compile(rf"[(\[]*(?:{_WORD}|{_NUMBER}|{_ID})?[([{LEFT_OUT}\]).,:;!?-]*")
_REPEATED = re.compile(rf"{LEFT_OUT}(?: {LEFT_OUT})+")


def redacted(sentence: str) -> str:
    """Leave out what is quoted, and whatever is no word, no number and no id of ours."""
    words = _QUOTED.sub(LEFT_OUT, sentence).split()
    shown = " ".join(word if _PLAIN.fullmatch(word) else LEFT_OUT for word in words)
    return _REPEATED.sub(LEFT_OUT, shown)
