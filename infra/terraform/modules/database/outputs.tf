output "endpoint" {
  description = "Host and port."
  value       = aws_db_instance.this.endpoint
}

output "arn" {
  description = "The instance."
  value       = aws_db_instance.this.arn
}
