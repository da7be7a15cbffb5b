variable "name" {
  description = "Prefix of every name, `<project>-<environment>`; also the configuration set's name."
  type        = string
}

variable "domain" {
  description = "The domain that mail is sent from; null for one address alone."
  type        = string

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "A domain, such as fotograma.example.org."
  }
}

variable "zone_id" {
  description = "The hosted zone that holds the domain's records; null without a domain."
  type        = string
}

variable "sender" {
  description = "The address that mail is sent from where there is no domain. SES mails it a link to confirm."
  type        = string
  default     = null
}

variable "dmarc_policy" {
  description = "What others shall do with mail that pretends to be ours: none, quarantine or reject."
  type        = string
  default     = "quarantine"

  validation {
    condition     = contains(["none", "quarantine", "reject"], var.dmarc_policy)
    error_message = "none, quarantine or reject."
  }
}

variable "alarm_topic_arns" {
  description = "SNS topics that are told of reports that could not be handled."
  type        = list(string)
  default     = []
}
