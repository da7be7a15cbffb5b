output "names" {
  description = "What External Secrets looks them up by, by service."
  value       = { for service, secret in aws_secretsmanager_secret.this : service => secret.name }
}

output "arns" {
  description = "The secrets, by service."
  value       = { for service, secret in aws_secretsmanager_secret.this : service => secret.arn }
}
