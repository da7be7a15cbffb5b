output "vpc_id" {
  description = "The VPC."
  value       = module.network.vpc_id
}

output "private_subnet_ids" {
  description = "One private subnet for each zone."
  value       = module.network.private_subnet_ids
}

output "nat_public_ips" {
  description = "Where requests from inside appear to come from."
  value       = module.network.nat_public_ips
}

output "cluster_name" {
  description = "The cluster."
  value       = module.cluster.name
}

output "cluster_endpoint" {
  description = "Kubernetes' API."
  value       = module.cluster.endpoint
}

output "cluster_certificate_authority" {
  description = "The certificate authority of Kubernetes' API, PEM in base64."
  value       = module.cluster.certificate_authority
}

output "node_security_group_id" {
  description = "The security group of the nodes."
  value       = module.cluster.security_group_id
}

output "oidc_provider" {
  description = "What roles of service accounts trust."
  value       = module.cluster.oidc_provider
}

output "role_arns" {
  description = "Roles of what makes Kubernetes use AWS, by name."
  value = {
    external-dns     = module.external_dns_role.arn
    external-secrets = module.external_secrets_role.arn
    karpenter        = module.karpenter.role_arn
    load-balancer    = module.load_balancer.role_arn
  }
}

output "ready" {
  description = "The cluster's name, once everything of the platform is there."
  value       = module.karpenter.ready
}

output "nat_gateways" {
  description = "NAT gateways by their zone."
  value       = module.network.nat_gateways
}
