output "role_arn" {
  description = "The nodes' role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "The nodes' role, by name."
  value       = aws_iam_role.this.name
}

output "ready" {
  description = "The cluster's name, once it has these nodes."
  value       = aws_eks_node_group.this.cluster_name
}
