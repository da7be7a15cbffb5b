output "zone_id" {
  description = "The hosted zone."
  value       = data.aws_route53_zone.this.zone_id
}

output "zone_arn" {
  description = "The hosted zone, for who may change its records."
  value       = data.aws_route53_zone.this.arn
}

# Of the validation, so that whoever uses the certificate waits until it is issued.
output "certificate_arn" {
  description = "The certificate that the load balancer shows."
  value       = aws_acm_certificate_validation.this.certificate_arn
}
