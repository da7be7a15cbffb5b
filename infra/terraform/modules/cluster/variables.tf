variable "cluster_name" {
  description = "The cluster's name, and the prefix of what belongs to it."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,49}$", var.cluster_name))
    error_message = "Letters, digits, _ and -, at most 50, so that the roles named after it fit into 64."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes' minor version. Go up one at a time."
  type        = string

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "Such as 1.35."
  }
}

variable "subnet_ids" {
  description = "Private subnets, in which EKS puts the control plane's network interfaces."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "EKS wants subnets of two zones at least."
  }
}

variable "public_access_cidrs" {
  description = "Where Kubernetes' API may be reached from outside the VPC. Empty: from nowhere."
  type        = list(string)

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "CIDR blocks of offices, VPNs and runners; not the whole Internet."
  }
}

variable "access_entries" {
  description = "Who may use Kubernetes' API, by a name of yours: an IAM user or role, and one of EKS's cluster access policies."
  type = map(object({
    principal_arn = string
    policy        = string
  }))

  validation {
    condition = alltrue([
      for entry in var.access_entries : contains(
        ["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy"],
        entry.policy
      )
    ])
    error_message = "Not an access policy of EKS's."
  }
}

variable "deletion_protection" {
  description = "Whether the cluster refuses to be deleted."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that the control plane's logs are kept, the audit log among them."
  type        = number
  default     = 90
}
