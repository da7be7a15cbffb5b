output "role_arn" {
  description = "The controller's role."
  value       = module.role.arn
}

# Ingresses made before there is a controller wait for it; Ingresses left when it goes are never
# cleaned up. So whatever makes Ingresses depends on this.
output "release" {
  description = "Known once the controller runs."
  value       = helm_release.this.id
}
