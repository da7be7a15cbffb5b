output "secret_arn" {
  description = "The secret that says who is told of alerts."
  value       = aws_secretsmanager_secret.alerting.arn
}
