"""Names come from users and go into headers and pages."""

import pytest
from fotograma_video.naming import clean_name, content_disposition


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("holiday.mp4", "holiday.mp4"),
        ("C:\\Users\\me\\holiday.mp4", "holiday.mp4"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb\x00.mp4", "ab.mp4"),
        ("férias.mp4", "férias.mp4"),
        ("   ", "video"),
        ("", "video"),
        ("..", "video"),
        (".", "video"),
        (". . .", "video"),
        ("..mp4", "..mp4"),
        ("می\u200cخواهم.mp4", "می\u200cخواهم.mp4"),  # noqa: RUF001 - Persian
        ("क्\u200dष.mp4", "क्\u200dष.mp4"),
        ("👩\u200d💻.mp4", "👩\u200d💻.mp4"),
        ("holi\u200cday\u200d.mp4", "holiday.mp4"),
        ("\u200cمی\u200c", "می"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("x" * 400, "x" * 255),
    ],
)
def test_clean_name_has_no_folders_and_no_control_characters(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_content_disposition_has_an_ascii_and_a_utf_8_name() -> None:
    header = content_disposition('fé"rias\r\n.zip')
    assert header == (
        "attachment; filename=\"f__rias__.zip\"; filename*=UTF-8''f%C3%A9%22rias%0D%0A.zip"
    )
