variable "cluster_name" {
  description = "The cluster, which has nodes."
  type        = string
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "retention_days" {
  description = "How long lines are kept; one of the numbers that CloudWatch knows."
  type        = number
  default     = 30
}
