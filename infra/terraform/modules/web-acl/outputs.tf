output "name" {
  description = "The web ACL's name: WEB_ACL of deploy/k8s/site/site.env."
  value       = aws_wafv2_web_acl.this.name
}

output "arn" {
  description = "The web ACL, for who may put a load balancer behind it."
  value       = aws_wafv2_web_acl.this.arn
}
