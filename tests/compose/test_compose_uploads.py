"""From an upload to a ZIP and the mail, at https://localhost: the tests that `make up` passes."""

from e2e.test_upload_to_zip import (  # noqa: F401 - collected here, with their fixture
    clip,
    test_every_mode_and_format_on_one_upload,
    test_frames_have_their_true_times_and_the_mail_comes_once,
    test_many_segments_give_the_archive_that_one_gives,
    test_somebody_else_sees_nothing_of_it,
)
