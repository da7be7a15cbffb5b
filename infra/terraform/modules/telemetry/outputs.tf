output "bucket_names" {
  description = "Buckets by the program that keeps something there."
  value       = { for keeper, bucket in aws_s3_bucket.this : keeper => bucket.id }
}

output "role_arns" {
  description = "Roles by service account."
  value       = { for keeper, role in module.role : keeper => role.arn }
}
