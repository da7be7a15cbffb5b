variable "name" {
  description = "Name of the web ACL, by which the Ingress refers to it."
  type        = string
}

variable "requests_per_minute" {
  description = "What one address may send. More than the APIs themselves let a network: a minute of RATE_NETWORK_PER_SECOND, and RATE_NETWORK_BURST."
  type        = number
  default     = 40000
}
