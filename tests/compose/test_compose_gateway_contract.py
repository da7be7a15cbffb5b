"""The gateway at https://localhost: the tests that `make up` passes."""

from e2e.test_gateway_contract import (  # noqa: F401 - collected here, with their fixtures
    http,
    server,
    test_address_with_a_slash_too_many_is_redirected_nowhere,
    test_gateway_adds_security_headers,
    test_gateway_allows_pages_of_its_own_to_use_s3,
    test_gateway_answers_at_once_whoever_asks_before_sending,
    test_gateway_answers_with_a_problem_for_unknown_paths,
    test_gateway_compresses_json,
    test_gateway_does_not_go_on_after_an_ambiguous_request,
    test_gateway_keeps_answers_of_services_out_of_caches,
    test_gateway_lets_a_service_take_what_it_was_asked_for,
    test_gateway_passes_each_security_header_once,
    test_gateway_refuses_a_large_body_but_for_uploads,
    test_gateway_sends_events_as_they_happen,
    test_gateway_serves_nothing_of_s3_that_is_not_presigned,
    test_gateway_serves_nothing_to_an_odd_request,
    test_gateway_takes_no_part_of_a_body_for_a_request,
    test_mailbox_is_read_by_whoever_sits_here_only,
    test_no_page_of_an_api_runs_a_script,
)
