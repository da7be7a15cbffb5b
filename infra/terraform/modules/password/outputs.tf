output "value" {
  description = "The password."
  value       = ephemeral.aws_secretsmanager_random_password.this.random_password
  sensitive   = true
  ephemeral   = true
}
