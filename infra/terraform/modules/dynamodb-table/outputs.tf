output "name" {
  description = "The table's name."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "The table. Its indexes are `<arn>/index/<name>`."
  value       = aws_dynamodb_table.this.arn
}
