output "role_arn" {
  description = "The controller's role."
  value       = module.role.arn
}

output "node_role_name" {
  description = "What an EC2NodeClass says as its `role`."
  value       = aws_iam_role.node.name
}

output "ready" {
  description = "The cluster's name, once pods that find no room get nodes."
  value       = var.cluster_name

  depends_on = [
    helm_release.this,
    aws_ec2_tag.node_security_group,
    aws_eks_access_entry.node,
    aws_iam_role_policy_attachment.node,
    aws_iam_service_linked_role.spot,
  ]
}
