variable "project_name" {
  description = "First part of the secret's name."
  type        = string
}

variable "environment" {
  description = "Second part of the secret's name."
  type        = string
}

variable "recovery_window_days" {
  description = "How long a destroyed secret can be brought back, and its name cannot be used again; 0: not at all."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)
    error_message = "0, or 7 to 30 days."
  }
}
