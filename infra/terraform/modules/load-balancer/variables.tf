variable "cluster_name" {
  description = "The cluster whose Ingresses get load balancers."
  type        = string
}

variable "vpc_id" {
  description = "The VPC that load balancers are made in."
  type        = string
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "web_acl_arn" {
  description = "The web ACL that load balancers may stand behind."
  type        = string
}

variable "chart_version" {
  description = "Version of the chart. The role's policy is that of the same release."
  type        = string
  default     = "3.5.0"
}

variable "replicas" {
  description = "Controllers; one leads."
  type        = number
  default     = 2
}
