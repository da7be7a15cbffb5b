"""From an upload to a ZIP and the mail, at https://localhost: the tests that `make up` passes."""

from e2e.test_upload_to_zip import (  # noqa: F401 - collected here, with their fixture
    clip,
    test_archive_of_many_segments_equals_that_of_one,
    test_upload_gives_frames_at_their_true_times_and_one_mail,
    test_video_is_extracted_in_every_mode_and_format,
    test_video_of_another_user_is_not_found,
)
