variable "project_name" {
  description = "First part of names."
  type        = string
}

variable "environment" {
  description = "Second part of names."
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

variable "topic_arns" {
  description = "SNS topics that are told when an alarm begins and ends."
  type        = list(string)
}

variable "database_names" {
  description = "RDS instances, by their identifiers."
  type        = list(string)
}

variable "database_free_bytes" {
  description = "Disk that an instance must have left."
  type        = number
  default     = 5368709120
}

variable "database_free_memory_bytes" {
  description = "Memory that an instance must have left."
  type        = number
  default     = 67108864
}

variable "queue_names" {
  description = "SQS queues."
  type        = list(string)
}

variable "queue_age_seconds" {
  description = "How long a message may wait."
  type        = number
  default     = 900
}

variable "table_names" {
  description = "DynamoDB tables."
  type        = list(string)
}

variable "nat_gateways" {
  description = "NAT gateways by their zone."
  type        = map(string)
  default     = {}
}

variable "nat_dropped_packets" {
  description = "Packets that a NAT gateway may drop within a quarter of an hour."
  type        = number
  default     = 1000
}
