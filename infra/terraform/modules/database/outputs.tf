output "endpoint" {
  description = "Host and port."
  value       = aws_db_instance.this.endpoint
}

output "arn" {
  description = "The instance."
  value       = aws_db_instance.this.arn
}

# Without `ssl`: asyncpg asks for TLS by itself, and the server answers nothing else.
output "url" {
  description = "The service's DATABASE_URL, with its password."
  value       = "postgresql+asyncpg://${var.database}:${var.password}@${aws_db_instance.this.endpoint}/${var.database}"
  sensitive   = true
  ephemeral   = true
}
