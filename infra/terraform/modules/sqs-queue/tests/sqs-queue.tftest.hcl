mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "fotograma-test-mail"
}

run "what_fails_is_kept" {
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 }
    error_message = "Five tries, then the dead-letter queue."
  }

  assert {
    condition     = aws_sqs_queue.dead.message_retention_seconds > aws_sqs_queue.this.message_retention_seconds
    error_message = "A message would expire in the dead-letter queue at once."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead.dimensions["QueueName"] == "fotograma-test-mail-dlq"
    error_message = "Nobody would notice."
  }
}

run "longer_than_dead_letters" {
  command = plan

  variables {
    retention_seconds = 1209600
  }

  expect_failures = [var.retention_seconds]
}
