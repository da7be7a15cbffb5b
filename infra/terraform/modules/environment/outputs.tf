output "cluster_name" {
  description = "The cluster."
  value       = module.platform.cluster_name
}

output "cluster_endpoint" {
  description = "Kubernetes' API."
  value       = module.platform.cluster_endpoint
}

output "cluster_certificate_authority" {
  description = "The certificate authority of Kubernetes' API, PEM in base64."
  value       = module.platform.cluster_certificate_authority
}

output "vpc_id" {
  description = "The VPC."
  value       = module.platform.vpc_id
}

output "registry" {
  description = "The account's registry of images."
  value       = local.registry
}

output "repository_urls" {
  description = "Where each image is pushed to, without its tag."
  value       = { for service in ["auth", "video", "notify", "worker", "page"] : service => "${local.registry}/${var.project_name}/${service}" }
}

output "role_arns" {
  description = "Roles of service accounts, by name."
  value       = merge(module.platform.role_arns, module.product.role_arns, module.telemetry.role_arns)
}

output "github_role_arns" {
  description = "Roles of GitHub's workflows by kind of run: push, plan, apply."
  value       = module.github.role_arns
}

output "product" {
  description = "What the services' settings say."
  value       = module.product
}

output "protected" {
  description = "Whether what holds data refuses to be destroyed."
  value       = var.protected
}
