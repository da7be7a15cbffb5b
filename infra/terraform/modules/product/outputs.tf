output "certificate_arn" {
  description = "The certificate of the product's host; the load balancer finds it by the host's name. None without a domain."
  value       = one(module.dns_and_certificate[*].certificate_arn)
}

output "zone_arn" {
  description = "The hosted zone, for External-DNS. None without a domain."
  value       = one(module.dns_and_certificate[*].zone_arn)
}

output "bucket_name" {
  description = "S3_BUCKET."
  value       = module.video_bucket.name
}

output "bucket_arn" {
  description = "The bucket."
  value       = module.video_bucket.arn
}

output "notify_table" {
  description = "NOTIFY_TABLE."
  value       = module.notify_table.name
}

output "mail_queue_url" {
  description = "NOTIFY_MAIL_QUEUE_URL."
  value       = module.mail_queue.url
}

output "feedback_queue_url" {
  description = "NOTIFY_FEEDBACK_QUEUE_URL."
  value       = module.mail_identity.feedback_queue_url
}

output "configuration_set" {
  description = "NOTIFY_CONFIGURATION_SET."
  value       = module.mail_identity.configuration_set
}

output "database_endpoints" {
  description = "Host and port of each service's database."
  value       = { for service, database in module.database : service => database.endpoint }
}

output "secret_names" {
  description = "Secrets by service, as External Secrets looks them up."
  value       = module.secrets.names
}

output "secret_arns" {
  description = "Secrets by service, for who may read them."
  value       = merge(module.secrets.arns, { alerting = module.alarms.secret_arn })
}

output "role_arns" {
  description = "Roles by service."
  value       = module.roles.arns
}
