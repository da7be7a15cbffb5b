output "role_arns" {
  description = "Roles by kind of run: push, plan, apply."
  value       = { for kind, role in aws_iam_role.this : kind => role.arn }
}
