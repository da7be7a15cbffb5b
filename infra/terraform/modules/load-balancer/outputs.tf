output "role_arn" {
  description = "The controller's role."
  value       = module.role.arn
}

# Ingresses made before there is a controller wait for it; Ingresses left when it goes are never
# cleaned up. So whatever makes Ingresses refers to this.
output "ready" {
  description = "The cluster's name, once Ingresses get load balancers."
  value       = var.cluster_name
  depends_on  = [helm_release.this]
}
