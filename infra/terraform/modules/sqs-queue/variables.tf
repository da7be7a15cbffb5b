variable "name" {
  description = "The queue's name; its dead-letter queue is `<name>-dlq`."
  type        = string

  validation {
    condition     = can(regex("^[\\w-]{1,76}$", var.name))
    error_message = "At most 76 letters, digits, hyphens and underscores."
  }
}

variable "max_receive_count" {
  description = "How often a message is tried before it goes to the dead-letter queue."
  type        = number
  default     = 5

  validation {
    condition     = var.max_receive_count >= 1
    error_message = "Once at least."
  }
}

variable "visibility_timeout_seconds" {
  description = "How long a message that was taken is hidden from others, where the consumer says nothing else."
  type        = number
  default     = 150

  validation {
    condition     = var.visibility_timeout_seconds >= 0 && var.visibility_timeout_seconds <= 43200
    error_message = "SQS hides no message longer than twelve hours."
  }
}

variable "retention_seconds" {
  description = "How long a message waits for somebody to take it."
  type        = number
  default     = 345600

  validation {
    condition     = var.retention_seconds >= 60 && var.retention_seconds < 1209600
    error_message = "A minute at least, and less than the dead-letter queue's 14 days."
  }
}

variable "topic_arns" {
  description = "SNS topics that may write to the queue, by a name of letters and digits."
  type        = map(string)
  default     = {}
}

variable "alarm_topic_arns" {
  description = "SNS topics that are told of dead letters."
  type        = list(string)
  default     = []
}
