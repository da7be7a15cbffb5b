variable "cluster_name" {
  description = "The cluster that gets nodes."
  type        = string
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "node_security_group_id" {
  description = "The security group of nodes and control plane."
  type        = string
}

variable "create_spot_role" {
  description = "Whether to make the role by which EC2 runs spot instances. An account has one, and none before somebody asks for it."
  type        = bool
}

variable "chart_version" {
  description = "Version of the chart, and of Karpenter. The role's policy is that of the same release."
  type        = string
  default     = "1.14.1"
}

variable "replicas" {
  description = "Controllers; one leads."
  type        = number
  default     = 2
}
