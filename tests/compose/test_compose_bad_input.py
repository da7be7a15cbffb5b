"""What is not a video, at https://localhost: the tests that `make up` passes."""

from e2e.test_bad_input import (  # noqa: F401 - collected here, with their fixture
    clip,
    test_a_bad_request_is_refused_and_leaves_nothing,
    test_far_more_sample_times_than_frames_answer_each_with_its_frame,
    test_too_many_frames_fail_with_the_limit_in_the_reason,
    test_what_cannot_be_extracted_fails_with_a_reason,
)
