output "name" {
  description = "The cluster's name."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "Kubernetes' API."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "The certificate authority of Kubernetes' API, PEM in base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "security_group_id" {
  description = "The security group of nodes and control plane. Databases let it in."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "oidc_provider" {
  description = "What roles of service accounts trust: the provider's ARN, and its issuer without `https://`."
  value = {
    arn    = aws_iam_openid_connect_provider.this.arn
    issuer = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")
  }
}

# What comes after refers to this one, and so waits: for nodes whose network is there, and for
# Kubernetes' API to let Terraform in.
output "ready" {
  description = "The cluster's name, once nodes may join it."
  value       = aws_eks_cluster.this.name

  depends_on = [
    aws_eks_addon.vpc_cni,
    aws_eks_addon.kube_proxy,
    aws_eks_access_policy_association.this,
  ]
}
