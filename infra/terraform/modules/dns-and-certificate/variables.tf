variable "zone_name" {
  description = "A public hosted zone of Route 53 in this account."
  type        = string
}

variable "host_name" {
  description = "Where users find the product; in the zone."
  type        = string

  validation {
    condition     = var.host_name == var.zone_name || endswith(var.host_name, ".${var.zone_name}")
    error_message = "The host must be in the zone."
  }
}
