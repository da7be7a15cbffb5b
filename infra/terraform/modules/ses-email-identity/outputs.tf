output "identity_arn" {
  description = "What a role may send as."
  value       = aws_sesv2_email_identity.this.arn
}

output "configuration_set" {
  description = "The notify service's NOTIFY_CONFIGURATION_SET."
  value       = aws_sesv2_configuration_set.this.configuration_set_name
}

output "configuration_set_arn" {
  description = "What a role may send under."
  value       = aws_sesv2_configuration_set.this.arn
}

output "feedback_queue_url" {
  description = "The notify service's NOTIFY_FEEDBACK_QUEUE_URL."
  value       = module.feedback_queue.url
}

output "feedback_queue_arn" {
  description = "The queue of SES's reports."
  value       = module.feedback_queue.arn
}
