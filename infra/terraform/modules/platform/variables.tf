variable "project_name" {
  description = "First part of every name."
  type        = string
}

variable "environment" {
  description = "Second part of every name."
  type        = string
}

variable "cidr_block" {
  description = "Addresses of the VPC."
  type        = string
}

variable "public_subnet_cidrs" {
  description = "Addresses of the public subnets."
  type        = list(string)
}

variable "private_subnet_cidrs" {
  description = "Addresses of the private subnets."
  type        = list(string)
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones."
  type        = bool
}

variable "kubernetes_version" {
  description = "Kubernetes' minor version. One at a time, and before EKS ends its support and upgrades by itself."
  type        = string
  default     = "1.35" # Renovate proposes the next (renovate.json)
}

variable "public_access_cidrs" {
  description = "Where Kubernetes' API may be reached from outside the VPC."
  type        = list(string)
}

variable "access_entries" {
  description = "Who may use Kubernetes' API, by a name of yours."
  type = map(object({
    principal_arn = string
    policy        = string
  }))
}

variable "nodes" {
  description = "The nodes that are always there: instance types of the same size, the fewest and the most."
  type = object({
    instance_types = list(string)
    min            = number
    max            = number
  })
}

variable "zone_arn" {
  description = "The hosted zone that External-DNS writes to; null for none."
  type        = string
}

variable "web_acl_arn" {
  description = "The web ACL that load balancers stand behind."
  type        = string
}

variable "create_spot_role" {
  description = "Whether to make the account's role by which EC2 runs spot instances."
  type        = bool
}

variable "secret_arns" {
  description = "The secrets that External Secrets reads."
  type        = list(string)
}

variable "protected" {
  description = "Whether the cluster refuses to be deleted."
  type        = bool
}
