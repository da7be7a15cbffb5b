"""Write the mails' phrases of failures and warnings for the page, which says the same."""

import json
import sys
from typing import Any

from fotograma_notify.languages.english import ENGLISH
from fotograma_notify.languages.phrases import Phrases
from fotograma_notify.languages.portuguese import PORTUGUESE


def _spoken(phrases: Phrases) -> dict[str, Any]:
    return {
        "failures": {
            reason.value: {"what": failure.what, "remedy": failure.remedy}
            for reason, failure in phrases.failures.items()
        },
        "warnings": {code.value: words for code, words in phrases.warnings.items()},
    }


phrases = {"en": _spoken(ENGLISH), "pt": _spoken(PORTUGUESE)}
sys.stdout.write(json.dumps(phrases, ensure_ascii=False, indent=2) + "\n")
