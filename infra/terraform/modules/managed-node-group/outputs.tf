output "role_arn" {
  description = "The nodes' role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "The nodes' role, by name."
  value       = aws_iam_role.this.name
}

output "node_group_arn" {
  description = "The node group; known once its nodes are ready."
  value       = aws_eks_node_group.this.arn
}
