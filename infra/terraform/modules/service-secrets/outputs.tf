output "database_passwords" {
  description = "What the databases are to be told, by service."
  value       = { for service in local.databases : service => ephemeral.aws_secretsmanager_random_password.database[service].random_password }
  sensitive   = true
  ephemeral   = true
}

output "names" {
  description = "What External Secrets looks them up by, by service."
  value       = { for service, secret in aws_secretsmanager_secret.this : service => secret.name }
}

output "arns" {
  description = "The secrets, by service."
  value       = { for service, secret in aws_secretsmanager_secret.this : service => secret.arn }
}
