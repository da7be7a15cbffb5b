output "secret_arn" {
  description = "The secret that says who is told of alerts."
  value       = aws_secretsmanager_secret.alerting.arn
}

output "alarm_names" {
  description = "All alarms."
  value       = keys(merge(aws_cloudwatch_metric_alarm.this, aws_cloudwatch_metric_alarm.load_balancer))
}
