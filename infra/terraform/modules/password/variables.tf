variable "length" {
  description = "How many characters; each is worth almost 6 bits."
  type        = number
  default     = 40

  validation {
    condition     = var.length >= 32
    error_message = "32 at least: nobody has to type it."
  }
}
