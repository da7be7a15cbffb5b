output "repository_urls" {
  description = "Where each image is pushed to, without its tag."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "repository_arns" {
  description = "The repositories."
  value       = [for repository in aws_ecr_repository.this : repository.arn]
}
