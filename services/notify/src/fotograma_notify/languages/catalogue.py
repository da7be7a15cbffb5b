"""The languages that mails are written in."""

from collections.abc import Mapping

from fotograma_contracts.users import Locale

from fotograma_notify.english import ENGLISH
from fotograma_notify.phrases import Phrases
from fotograma_notify.portuguese import PORTUGUESE

PHRASES: Mapping[Locale, Phrases] = {Locale.ENGLISH: ENGLISH, Locale.PORTUGUESE: PORTUGUESE}
