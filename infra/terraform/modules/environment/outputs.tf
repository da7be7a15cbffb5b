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

# The settings of deploy/k8s/site/site.env.
output "site" {
  description = "What deploy/k8s is told of this environment."
  value = {
    ACCOUNT_ID    = local.account_id
    REGION        = data.aws_region.current.region
    REGISTRY      = local.registry
    HOST          = var.host_name
    VPC_CIDR      = var.cidr_block
    PUBLIC_CIDR_A = var.public_subnet_cidrs[0]
    PUBLIC_CIDR_B = var.public_subnet_cidrs[1]
    PUBLIC_CIDR_C = var.public_subnet_cidrs[2]
    BUCKET        = module.product.bucket_name
    WEB_ACL       = module.web_acl.name
    REPOSITORY    = local.repository_url
    REVISION      = var.revision
  }
}

output "protected" {
  description = "Whether what holds data refuses to be destroyed."
  value       = var.protected
}
