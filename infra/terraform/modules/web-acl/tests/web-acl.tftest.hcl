mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "fotograma-test"
}

run "a_flood_is_refused_as_the_apis_do" {
  assert {
    condition     = [for rule in aws_wafv2_web_acl.this.rule : rule.action[0].block[0].custom_response[0].response_code] == [429]
    error_message = "A flood passes, or is refused by another answer."
  }

  assert {
    condition     = alltrue([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].rate_based_statement[0].aggregate_key_type == "IP"])
    error_message = "Somebody else is refused too."
  }
}
