mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name            = "fotograma-test-videos"
  allowed_origins = ["https://fotograma.example.org"]
  retention_days  = 30
  expiration_days = 60
}

run "private_and_encrypted" {
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket could become public."
  }

  assert {
    condition     = [for statement in data.aws_iam_policy_document.this.statement : statement.sid] == ["TlsOnly", "Tls12AtLeast"]
    error_message = "The bucket answers without TLS."
  }
}

run "later_than_the_product" {
  command = plan

  variables {
    expiration_days = 30
  }

  expect_failures = [var.expiration_days]
}

run "not_before_an_upload_may_go_on" {
  command = plan

  variables {
    abort_uploads_days = 3
  }

  expect_failures = [var.abort_uploads_days]
}

run "not_for_every_page" {
  command = plan

  variables {
    allowed_origins = ["https://*"]
  }

  expect_failures = [var.allowed_origins]
}
