mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  project_name = "fotograma"
  environment  = "test"
  oidc_provider = {
    arn    = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123"
    issuer = "oidc.eks.us-east-1.amazonaws.com/id/0123"
  }
}

run "each_has_its_own" {
  assert {
    condition     = toset(keys(output.bucket_names)) == toset(["loki", "tempo"]) && toset(keys(output.role_arns)) == toset(["loki", "tempo"])
    error_message = "Logs or traces are kept nowhere."
  }

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_policy && block.restrict_public_buckets])
    error_message = "A bucket could become public."
  }
}

run "later_than_the_programs" {
  command = plan

  variables {
    expiration_days = 30
  }

  expect_failures = [var.expiration_days]
}
