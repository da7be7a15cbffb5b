mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name            = "fotograma-test-worker"
  namespace       = "fotograma"
  service_account = "worker"
  oidc_provider   = { arn = "arn:aws:iam::123456789012:oidc-provider/mocked", issuer = "oidc.example.org/id/1" }
  statements      = [{ sid = "Read", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::videos/sources/*"] }]
}

run "trusts_one_service_account" {
  assert {
    condition = contains(
      [for condition in data.aws_iam_policy_document.trust.statement[0].condition : join(" ", concat([condition.variable], condition.values))],
      "oidc.example.org/id/1:sub system:serviceaccount:fotograma:worker"
    )
    error_message = "Another pod could assume the role."
  }

  assert {
    condition     = length(aws_iam_role_policy.this) == 1
    error_message = "The statements are not attached."
  }
}

run "without_statements_there_is_no_policy" {
  variables {
    statements = []
  }

  assert {
    condition     = length(aws_iam_role_policy.this) == 0
    error_message = "An empty policy is one that IAM refuses."
  }
}

run "not_for_every_service_account" {
  command = plan

  variables {
    service_account = "*"
  }

  expect_failures = [var.service_account]
}

run "not_everything" {
  command = plan

  variables {
    statements = [{ sid = "All", actions = ["*"], resources = ["*"] }]
  }

  expect_failures = [var.statements]
}
