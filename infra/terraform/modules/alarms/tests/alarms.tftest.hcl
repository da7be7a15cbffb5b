mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  project_name   = "fotograma"
  environment    = "test"
  topic_arns     = ["arn:aws:sns:us-east-1:123456789012:alarms"]
  database_names = ["fotograma-test-auth"]
  queue_names    = ["fotograma-test-mail"]
  table_names    = ["fotograma-test-notify"]
  nat_gateways   = { us-east-1a = "nat-1" }
}

run "every_part_has_alarms" {
  assert {
    condition = toset(output.alarm_names) == toset([
      "fotograma-test-auth-disk",
      "fotograma-test-auth-memory",
      "fotograma-test-auth-processor",
      "fotograma-test-bounces",
      "fotograma-test-complaints",
      "fotograma-test-load-balancer-errors",
      "fotograma-test-mail-age",
      "fotograma-test-nat-us-east-1a-drops",
      "fotograma-test-nat-us-east-1a-ports",
      "fotograma-test-notify-read-throttles",
      "fotograma-test-notify-write-throttles",
      "fotograma-test-unhealthy-pods",
    ])
    error_message = "Something would fail in silence."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(var.topic_arns)])
    error_message = "Nobody would be told."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["fotograma-test-auth-disk"].comparison_operator == "LessThanThreshold"
    error_message = "It is what is left that runs out."
  }

  assert {
    condition     = aws_secretsmanager_secret.alerting.name == "fotograma/test/alerting"
    error_message = "External Secrets looks there."
  }
}
