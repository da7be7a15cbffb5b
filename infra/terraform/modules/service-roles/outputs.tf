output "arns" {
  description = "Roles by service, for the annotation `eks.amazonaws.com/role-arn` of its service account."
  value       = { for service, role in module.role : service => role.arn }
}
