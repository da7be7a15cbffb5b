mock_provider "aws" {
  source = "../../tests/mocks"
}

mock_provider "tls" {
  source = "../../tests/mocks"
}

variables {
  name             = "fotograma-test"
  repository       = "owner/fotograma"
  environment      = "prod"
  repository_arns  = ["arn:aws:ecr:us-east-1:123456789012:repository/fotograma/*"]
  state_object_arn = "arn:aws:s3:::state/prod/terraform.tfstate"
}

run "each_role_for_one_kind_of_run" {
  assert {
    condition = {
      for kind, document in data.aws_iam_policy_document.trust : kind => join(" ", flatten([
        for condition in document.statement[0].condition : condition.values if endswith(condition.variable, ":sub")
      ]))
      } == {
      push  = "repo:owner/fotograma:ref:refs/heads/main"
      plan  = "repo:owner/fotograma:pull_request"
      apply = "repo:owner/fotograma:environment:prod"
    }
    error_message = "A run could assume a role that is not its own."
  }

  assert {
    condition     = aws_iam_role_policy_attachment.plan.policy_arn == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    error_message = "A pull request could change something."
  }
}

run "an_account_has_one_provider" {
  variables {
    create_provider = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "The other environment's provider would be in the way."
  }
}

run "not_other_peoples_repositories" {
  command = plan

  variables {
    repository = "owner/*"
  }

  expect_failures = [var.repository]
}
