variable "name" {
  description = "Prefix of the budget's name, `<project>-<environment>`."
  type        = string
}

variable "monthly_limit_usd" {
  description = "What the account may cost in a month, in US dollars. Nothing is stopped; somebody is told."
  type        = number

  validation {
    condition     = var.monthly_limit_usd > 0
    error_message = "More than nothing."
  }
}

variable "alert_emails" {
  description = "Who is told, at half, four fifths and all of it, and when the forecast exceeds it."
  type        = list(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : strcontains(address, "@")])
    error_message = "One e-mail address at least."
  }
}

variable "environment_tag" {
  description = "The tag Environment of what is counted; null: all of the account."
  type        = string
  default     = null
}
