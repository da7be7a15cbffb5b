output "url" {
  description = "What clients call the queue by."
  value       = aws_sqs_queue.this.url
}

output "arn" {
  description = "The queue."
  value       = aws_sqs_queue.this.arn
}

output "dead_letter_url" {
  description = "What was tried too often."
  value       = aws_sqs_queue.dead.url
}
