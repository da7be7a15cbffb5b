# What AWS refuses before it reaches the load balancer: networks that send far more than the APIs'
# own limits (RATE_NETWORK_PER_SECOND, RATE_NETWORK_BURST) let pass. The answer is like theirs.

resource "aws_wafv2_web_acl" "this" {
  #checkov:skip=CKV_AWS_192:no JVM runs behind it
  #checkov:skip=CKV2_AWS_31:metrics and samples tell what it refuses, and logs would hold signed URLs
  name  = var.name
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  custom_response_body {
    key          = "too-many-requests"
    content_type = "APPLICATION_JSON"
    content = jsonencode({
      type        = "urn:fotograma:problem:too_many_requests"
      title       = "Too many requests at once"
      status      = 429
      code        = "too_many_requests"
      which       = "network"
      limit       = var.requests_per_minute
      retry_after = local.retry_after
    })
  }

  rule {
    name     = "requests-of-a-network"
    priority = 1

    action {
      block {
        custom_response {
          response_code            = 429
          custom_response_body_key = "too-many-requests"

          response_header {
            name  = "Retry-After"
            value = tostring(local.retry_after)
          }
        }
      }
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 60
        limit                 = var.requests_per_minute
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-requests-of-a-network"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

locals {
  retry_after = 60
}
