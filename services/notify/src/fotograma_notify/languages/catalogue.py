"""The languages that mails are written in."""

from collections.abc import Mapping

from fotograma_contracts.users import Locale

from fotograma_notify.languages.english import ENGLISH
from fotograma_notify.languages.phrases import Phrases
from fotograma_notify.languages.portuguese import PORTUGUESE

PHRASES: Mapping[Locale, Phrases] = {Locale.ENGLISH: ENGLISH, Locale.PORTUGUESE: PORTUGUESE}
