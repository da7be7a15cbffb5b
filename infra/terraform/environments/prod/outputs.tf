output "cluster_name" {
  description = "The EKS cluster."
  value       = module.environment.cluster_name
}

output "cluster_endpoint" {
  description = "Kubernetes' API."
  value       = module.environment.cluster_endpoint
}

output "kubeconfig_command" {
  description = "What makes kubectl speak with the cluster."
  value       = "aws eks update-kubeconfig --region ${var.aws_region} --name ${module.environment.cluster_name}"
}

output "vpc_id" {
  description = "The VPC."
  value       = module.environment.vpc_id
}

output "ecr_registry_url" {
  description = "The account's registry of images: GitHub's variable ECR_REGISTRY."
  value       = module.environment.registry
}

output "ecr_repository_urls" {
  description = "Where each image is pushed to, without its tag."
  value       = module.environment.repository_urls
}

output "github_actions_role_arns" {
  description = "What GitHub's workflows assume: variables AWS_PUSH_ROLE_ARN, AWS_PLAN_ROLE_ARN, AWS_APPLY_ROLE_ARN."
  value       = module.environment.github_role_arns
}

output "irsa_role_arns" {
  description = "Roles of service accounts, by name."
  value       = module.environment.role_arns
}

output "secret_names" {
  description = "Secrets of Secrets Manager, by service."
  value       = module.environment.product.secret_names
}

output "database_endpoints" {
  description = "Host and port of each service's database."
  value       = module.environment.product.database_endpoints
}

output "notify" {
  description = "What the notify service is told: its table, its queues, its configuration set."
  value = {
    NOTIFY_TABLE              = module.environment.product.notify_table
    NOTIFY_MAIL_QUEUE_URL     = module.environment.product.mail_queue_url
    NOTIFY_FEEDBACK_QUEUE_URL = module.environment.product.feedback_queue_url
    NOTIFY_CONFIGURATION_SET  = module.environment.product.configuration_set
  }
}

output "certificate_arn" {
  description = "The certificate of the product's host."
  value       = module.environment.product.certificate_arn
}

output "url" {
  description = "Where users find the product, once Argo CD has synced; none without a domain."
  value       = var.host_name == null ? null : "https://${var.host_name}"
}

output "protected" {
  description = "Whether what holds data refuses to be destroyed; `make destroy` asks."
  value       = module.environment.protected
}
