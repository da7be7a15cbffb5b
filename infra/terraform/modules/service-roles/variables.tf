variable "name" {
  description = "Prefix of the roles' names, `<project>-<environment>`."
  type        = string
}

variable "namespace" {
  description = "The services' namespace."
  type        = string
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "bucket_arn" {
  description = "The bucket of sources and archives."
  type        = string
}

variable "table_arn" {
  description = "The notify service's table."
  type        = string
}

variable "mail_queue_arn" {
  description = "The queue of mail to be sent."
  type        = string
}

variable "feedback_queue_arn" {
  description = "The queue of what SES reports."
  type        = string
}

variable "mail_identity_arn" {
  description = "The identity that mail is sent as."
  type        = string
}

variable "configuration_set_arn" {
  description = "The configuration set that mail is sent under."
  type        = string
}
