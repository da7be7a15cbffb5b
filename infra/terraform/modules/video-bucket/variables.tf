variable "name" {
  description = "The bucket's name; nobody else in the world has it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "3 to 63 small letters, digits and hyphens; without dots, which break TLS."
  }
}

variable "allowed_origins" {
  description = "Origins of the pages that may upload and download, such as `https://fotograma.example.org`."
  type        = list(string)

  validation {
    condition     = length(var.allowed_origins) > 0 && alltrue([for origin in var.allowed_origins : can(regex("^https://(\\*\\.)?[^/*]+$", origin))])
    error_message = "Origins begin with https:// and have no path and no star."
  }
}

variable "retention_days" {
  description = "The longest time the product itself keeps a video (VIDEO_RETENTION_DAYS and what users may choose)."
  type        = number

  validation {
    condition     = var.retention_days >= 1
    error_message = "One day at least."
  }
}

variable "expiration_days" {
  description = "When S3 deletes what the product forgot. Later than `retention_days`: else S3 would delete what users still see."
  type        = number

  validation {
    condition     = var.expiration_days > var.retention_days
    error_message = "Must be later than the product's own retention."
  }
}

variable "abort_uploads_days" {
  description = "When S3 drops the parts of an upload that nobody finished. Later than the product does (VIDEO_DIRECT_UPLOAD_SECONDS, 3 days)."
  type        = number
  default     = 7

  validation {
    condition     = var.abort_uploads_days > 3
    error_message = "An upload may rest for three days and go on."
  }
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with what is in it."
  type        = bool
  default     = false
}
