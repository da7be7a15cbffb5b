variable "cluster_name" {
  description = "The cluster, which has nodes."
  type        = string
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "kubernetes_version" {
  description = "The cluster's version of Kubernetes."
  type        = string
}
