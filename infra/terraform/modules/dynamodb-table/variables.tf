variable "name" {
  description = "The table's name."
  type        = string
}

variable "hash_key" {
  description = "The partition key, a string."
  type        = string
}

variable "range_key" {
  description = "The sort key, a string."
  type        = string
}

variable "indexes" {
  description = "Global secondary indexes by name: the same partition key, another sort key (a string), all attributes."
  type        = map(object({ range_key = string }))
  default     = {}
}

variable "ttl_attribute" {
  description = "The attribute (Unix seconds) after which DynamoDB deletes an item."
  type        = string
}

variable "recovery_days" {
  description = "How far back a moment can be restored."
  type        = number
  default     = 35

  validation {
    condition     = var.recovery_days >= 1 && var.recovery_days <= 35
    error_message = "DynamoDB keeps 1 to 35 days."
  }
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
}
