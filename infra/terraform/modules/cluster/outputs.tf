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

# Nodes that join before their network exists are never ready.
output "network_ready" {
  description = "Known once the add-ons that nodes need are in place."
  value       = [aws_eks_addon.vpc_cni.arn, aws_eks_addon.kube_proxy.arn]
}
