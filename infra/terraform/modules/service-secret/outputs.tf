output "name" {
  description = "What External Secrets looks it up by."
  value       = aws_secretsmanager_secret.this.name
}

output "arn" {
  description = "The secret."
  value       = aws_secretsmanager_secret.this.arn
}
