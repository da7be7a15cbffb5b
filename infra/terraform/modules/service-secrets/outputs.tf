output "names" {
  description = "What External Secrets looks them up by, by service; its keys, where it signs, as `<service>-keys`; its processes' database as `<service>-rows`."
  value       = { for service, secret in aws_secretsmanager_secret.this : service => secret.name }
}

output "arns" {
  description = "The secrets, by the same names."
  value       = { for service, secret in aws_secretsmanager_secret.this : service => secret.arn }
}
