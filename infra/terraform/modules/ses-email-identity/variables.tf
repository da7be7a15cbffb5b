variable "name" {
  description = "Prefix of every name, `<project>-<environment>`; also the configuration set's name."
  type        = string
}

variable "domain" {
  description = "The domain that mail is sent from."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "A domain, such as fotograma.example.org."
  }
}

variable "zone_id" {
  description = "The hosted zone that holds the domain's records."
  type        = string
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
