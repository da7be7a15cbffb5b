variable "project_name" {
  description = "First part of names."
  type        = string
}

variable "environment" {
  description = "Second part of names."
  type        = string
}

variable "namespace" {
  description = "The namespace of the programs that keep logs and traces."
  type        = string
  default     = "fotograma"
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "expiration_days" {
  description = "When S3 deletes what the programs forgot. Later than they do themselves (30 days), or they would look for what is gone."
  type        = number
  default     = 45

  validation {
    condition     = var.expiration_days > 30
    error_message = "Must be later than Loki's and Tempo's own retention."
  }
}

variable "force_destroy" {
  description = "Whether the buckets may be destroyed with what is in them."
  type        = bool
  default     = false
}
