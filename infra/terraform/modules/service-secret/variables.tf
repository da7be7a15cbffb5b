variable "name" {
  description = "The secret's name, `<project>/<environment>/<service>`."
  type        = string
}

variable "description" {
  description = "What it opens."
  type        = string
}

variable "values" {
  description = "The secret's properties, stored as one JSON object."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
}

variable "values_version" {
  description = "A higher number than last time writes the values anew."
  type        = number
}

variable "recovery_window_days" {
  description = "How long a destroyed secret can be brought back, and its name cannot be used again; 0: not at all."
  type        = number

  validation {
    condition     = var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)
    error_message = "0, or 7 to 30 days."
  }
}
