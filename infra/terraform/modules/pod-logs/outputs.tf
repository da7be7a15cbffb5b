output "log_group_names" {
  description = "Where lines are found: of pods, of what Kubernetes runs on nodes, of nodes."
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.name }
}
