"""What is not a video, at https://localhost: the tests that `make up` passes."""

from e2e.test_bad_input import (  # noqa: F401 - collected here, with their fixture
    clip,
    test_bad_upload_is_refused_and_leaves_nothing,
    test_extraction_answers_each_of_far_more_times_than_frames,
    test_extraction_of_bad_files_fails_with_a_reason,
    test_extraction_of_too_many_frames_fails_with_the_limit_in_its_reason,
)
