output "arn" {
  description = "What the service account's annotation `eks.amazonaws.com/role-arn` says."
  value       = aws_iam_role.this.arn
}

output "name" {
  description = "The role's name."
  value       = aws_iam_role.this.name
}
