variable "project_name" {
  description = "First part of the secrets' names."
  type        = string
}

variable "environment" {
  description = "Second part of the secrets' names; the third is the service."
  type        = string
}

variable "database_endpoints" {
  description = "Host and port of each service's database, where it has one."
  type        = map(string)
}

variable "database_passwords" {
  description = "What each database is told, where a service has one."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
}

variable "broker_host" {
  description = "RabbitMQ's host, as pods know it."
  type        = string
  default     = "rabbitmq"
}

variable "versions" {
  description = "For each service a number; a higher one than last time writes its secret, and its database's password, anew."
  type = object({
    auth   = number
    video  = number
    notify = number
    worker = number
  })
}

variable "key_versions" {
  description = "For each service that signs a number; a higher one than last time replaces all its signing keys, operators' too."
  type = object({
    auth  = number
    video = number
  })
}

variable "recovery_window_days" {
  description = "How long a destroyed secret can be brought back, and its name cannot be used again; 0: not at all."
  type        = number

  validation {
    condition     = var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)
    error_message = "0, or 7 to 30 days."
  }
}
