"""Renders a content in a language, as HTML and as text."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.users import Locale
from fotograma_kit.text import needed_joiners
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from fotograma_notify.contents import (
    AccountContent,
    ApiKeyCreatedContent,
    Content,
    DemotedContent,
    EmailChangedContent,
    EmailChangeRequestedContent,
    NamedKey,
    NotificationContent,
    PasswordChangedContent,
    PasswordResetContent,
    PromotedContent,
    VerificationContent,
    VideoExpiringContent,
    VideoFailedContent,
    VideoProcessedContent,
)
from fotograma_notify.languages.catalogue import PHRASES
from fotograma_notify.languages.phrases import Phrases
from fotograma_notify.ports import RenderedMail

MAX_NAME_CHARACTERS = 120
"""A video's name is cut to this in a mail: a subject stays readable, and far from RFC 5322's
998 octets a line."""
"""Zero-width joiner: part of many emoji, and harmless."""
_QUOTES = str.maketrans("“”„‟«»", '""""""')
_ENDINGS = "mp4|m4v|mkv|webm|avi|wmv|flv|mpg|mpeg|m2ts|mts|ts|ogv|3gp|3g2|mxf|gif"
"""Usual endings of videos' names that are no top-level domain of IANA's root zone. `mov` is one."""
_DOT = re.compile(
    rf"(?<=[^\s\W])[.\u3002\uff0e\uff61](?=[^\W\d_])(?!(?:{_ENDINGS})$)", re.IGNORECASE
)
"""A full stop within a word, or what IDNA takes for one (RFC 3490, 3.1)."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""URL-safe Base64, as the auth service writes it."""
_UNITS = ("B", "kB", "MB", "GB", "TB")


class MalformedToken(ValueError):
    """A link's token has not the format of a token."""


@dataclass(frozen=True, slots=True)
class _Body:
    """What the templates lay out."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    action: str
    action_url: str
    why: str
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    command: str | None = None
    optional: bool = True
    """Whether the user can switch this kind of mail off."""


class MailRenderer:
    """Renders mails whose links lead to `public_url`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._templates = Environment(
            loader=PackageLoader("fotograma_notify"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, content: Content, locale: Locale) -> RenderedMail:
        """The mail about `content`. Raises `MalformedToken`."""
        words = PHRASES[locale]
        body = self._body(content, words)
        unsubscribe_url = f"{self._public_url}/#/preferences"
        values = {
            "mail": body,
            "words": words,
            "subject": body.subject,
            "preview": " ".join(body.facts) or body.paragraphs[0],
            "unsubscribe_url": unsubscribe_url,
        }
        return RenderedMail(
            subject=body.subject,
            text=self._templates.get_template("mail.txt").render(values),
            html=self._templates.get_template("mail.html").render(values),
            unsubscribe_url=unsubscribe_url,
        )

    def _body(self, content: Content, words: Phrases) -> _Body:
        match content:
            case VideoProcessedContent():
                return self._processed(content, words)
            case VideoFailedContent():
                return self._failed(content, words)
            case VideoExpiringContent():
                return self._expiring(content, words)
            case NotificationContent():
                return self._notification(content, words)
            case _:
                return self._account(content, words)

    def _processed(self, content: VideoProcessedContent, words: Phrases) -> _Body:
        name = quoted(content.name) or words.unnamed
        frames = words.frames_one if content.frames == 1 else words.frames_many
        return _Body(
            subject=words.processed_subject.format(name=name),
            heading=words.processed_heading,
            paragraphs=(words.processed_text.format(name=name),),
            facts=(
                frames.format(count=number(content.frames, words)),
                words.archive.format(size=size(content.archive_bytes, words)),
            ),
            warnings=_warnings(content, words),
            action=words.open_video,
            action_url=self._video_url(content.video_id),
            command=f"fotograma download {content.video_id}",
            why=words.why_preferences,
        )

    def _failed(self, content: VideoFailedContent, words: Phrases) -> _Body:
        name = quoted(content.name) or words.unnamed
        reason, detail = content.told or (content.reason, "")
        failure = words.failures[reason]
        what = _known(reason is not Reason.OTHER, failure.what, detail)
        return _Body(
            subject=words.failed_subject.format(name=name),
            heading=words.failed_heading,
            paragraphs=(words.failed_text.format(name=name), what, failure.remedy),
            action=words.open_fotograma,
            action_url=self._video_url(content.video_id),
            why=words.why_preferences,
        )

    def _expiring(self, content: VideoExpiringContent, words: Phrases) -> _Body:
        name = quoted(content.name) or words.unnamed
        until = moment(content.expires_at)
        return _Body(
            subject=words.expiring_subject.format(name=name),
            heading=words.expiring_heading,
            paragraphs=(
                words.expiring_text.format(name=name, until=until),
                words.expiring_remedy,
            ),
            action=words.open_video,
            action_url=self._video_url(content.video_id),
            command=f"fotograma download {content.video_id}",
            why=words.why_preferences,
        )

    def _notification(self, content: NotificationContent, words: Phrases) -> _Body:
        return _Body(
            subject=one_line(content.subject),
            heading=one_line(content.subject) or words.notification_heading,
            paragraphs=(content.text,),
            action=words.open_fotograma,
            action_url=self._public_url,
            why=words.why_notification,
            optional=False,
        )

    def _account(self, content: AccountContent, words: Phrases) -> _Body:
        link = ""
        call: str | None = None
        values: dict[str, str] = {}
        more: tuple[str, ...] = ()
        match content:
            case VerificationContent():
                token = checked(content.token)
                said, link = words.verification, f"/#/verify/{token}"
                call = self._call("/auth/verify", token=token)
                values = {"until": moment(content.expires_at)}
            case PasswordResetContent():
                token = checked(content.token)
                said, link = words.password_reset, f"/#/reset/{token}"
                call = self._call("/auth/password/reset", token=token, password=words.blank)
                values = {"until": moment(content.expires_at)}
            case PasswordChangedContent():
                said, more = words.password_changed, _about_keys(content, words)
            case EmailChangeRequestedContent():
                token = checked(content.token)
                said, link = words.email_change_requested, f"/#/reset/{token}"
                call = self._call("/auth/password/reset", token=token, password=words.blank)
                values = {"email": quoted(content.new_email), "until": moment(content.expires_at)}
            case EmailChangedContent():
                said = words.email_changed
            case ApiKeyCreatedContent():
                said = words.api_key_created
                name = quoted(content.name) or words.unnamed_key
                values = {"name": name, "prefix": dead(one_line(content.prefix))}
            case PromotedContent():
                said = words.promoted
            case DemotedContent():
                said = words.demoted
        return _Body(
            subject=said.subject,
            heading=said.subject,
            paragraphs=(*(sentence.format(**values) for sentence in said.paragraphs), *more),
            action=said.action,
            action_url=f"{self._public_url}{link}",
            command=call,
            why=words.why_notification,
            optional=False,
        )

    def _call(self, path: str, **body: str) -> str:
        """The same as the link, without a browser. Nothing in it may hold a single quote."""
        return f"curl {self._public_url}{path} --json '{json.dumps(body, ensure_ascii=False)}'"

    def _video_url(self, video_id: UUID) -> str:
        return f"{self._public_url}/#/videos/{video_id}"


def _about_keys(content: PasswordChangedContent, words: Phrases) -> tuple[str, ...]:
    sentences = (
        (words.api_keys_deleted, content.api_keys_deleted),
        (words.api_keys_kept, content.api_keys_kept),
    )
    return tuple(sentence.format(keys=_listed(keys, words)) for sentence, keys in sentences if keys)


def _listed(keys: Sequence[NamedKey], words: Phrases) -> str:
    return ", ".join(
        f"{quoted(key.name) or words.unnamed_key} ({dead(one_line(key.prefix))}…)" for key in keys
    )


def _warnings(content: VideoProcessedContent, words: Phrases) -> tuple[str, ...]:
    told = content.told or tuple((code, "") for code in content.warnings)
    said = (
        _known(code is not WarningCode.OTHER, words.warnings[code], detail) for code, detail in told
    )
    return tuple(dict.fromkeys(said))


def _known(is_known: bool, phrase: str, detail: str) -> str:  # noqa: FBT001 - private
    """The phrase for a code, or where there is none, the English sentence that came with it."""
    return phrase if is_known else dead(one_line(detail)) or phrase


def one_line(text: str) -> str:
    """`text` without what could break a header or deceive a reader: one line, no controls.

    Invisible format characters go too: a right-to-left override would show `gpj.exe` as an image.
    """
    joiners = set(needed_joiners(text))
    visible = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for at, c in enumerate(text)
        if at in joiners or unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"}
    )
    line = " ".join(visible.split())
    return line if len(line) <= MAX_NAME_CHARACTERS else line[: MAX_NAME_CHARACTERS - 1] + "…"


def quoted(text: str) -> str:
    """What a user wrote, as one line between quotation marks, out of which it cannot break, and
    with nothing to click on. Empty where nothing is left of it."""
    line = dead(one_line(text).translate(_QUOTES))
    return f"“{line}”" if line else ""


def dead(text: str) -> str:
    """`text` with its links made unusable: `https[:]//evil[.]example`.

    Mail programs make links of whatever looks like an address, with a scheme or without one. They
    need the dot before a name that could be a top-level domain, which never begins with a digit.
    The ending of a video's own name stays, where no such domain exists.
    """
    return _DOT.sub("[.]", text.replace("://", "[:]//"))


def checked(token: str) -> str:
    """A link's token, if it can be one. Raises `MalformedToken`.

    It stands in a link and, between single quotes, in a command that users paste into a shell.
    """
    if not _TOKEN.fullmatch(token):
        raise MalformedToken
    return token


def moment(time: datetime) -> str:
    """`2030-01-31 23:59 UTC`, which is read alike everywhere."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def number(value: int, words: Phrases) -> str:
    """`1234567` as `1,234,567` or `1.234.567`."""
    return f"{value:,}".replace(",", words.thousands)


def size(size_bytes: int, words: Phrases) -> str:
    """Bytes in the decimal unit a person would take: `999 B`, `12.3 MB`."""
    value, unit = float(size_bytes), 0
    while round(value, 1) >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = f"{value:.0f}" if unit == 0 else f"{value:.1f}".replace(".", words.decimal)
    return f"{digits} {_UNITS[unit]}"
