mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name                  = "fotograma-test"
  namespace             = "fotograma"
  oidc_provider         = { arn = "arn:aws:iam::123456789012:oidc-provider/mocked", issuer = "oidc.example.org/id/1" }
  bucket_arn            = "arn:aws:s3:::videos"
  table_arn             = "arn:aws:dynamodb:us-east-1:123456789012:table/notify"
  mail_queue_arn        = "arn:aws:sqs:us-east-1:123456789012:mail"
  feedback_queue_arn    = "arn:aws:sqs:us-east-1:123456789012:feedback"
  mail_identity_arn     = "arn:aws:ses:us-east-1:123456789012:identity/example.org"
  configuration_set_arn = "arn:aws:ses:us-east-1:123456789012:configuration-set/mail"
}

run "the_worker_has_two_prefixes" {
  assert {
    condition = toset(flatten([for statement in local.statements.worker : statement.resources])) == toset([
      "arn:aws:s3:::videos", "arn:aws:s3:::videos/sources/*", "arn:aws:s3:::videos/extractions/*",
    ])
    error_message = "The worker decodes what strangers upload: it gets nothing else."
  }

  assert {
    condition     = alltrue([for statement in local.statements.worker : !contains(statement.actions, "s3:PutObject") || statement.resources == ["arn:aws:s3:::videos/extractions/*"]])
    error_message = "The worker must not overwrite sources."
  }
}

run "auth_needs_nothing" {
  assert {
    condition     = toset(keys(output.arns)) == toset(["notify", "video", "worker"])
    error_message = "A role for each service that calls AWS, and for no other."
  }
}
