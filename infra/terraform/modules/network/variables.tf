variable "name" {
  description = "Prefix of every name, `<project>-<environment>`."
  type        = string
}

variable "cluster_name" {
  description = "The EKS cluster that load balancers and Karpenter find these subnets for."
  type        = string
}

variable "cidr_block" {
  description = "Addresses of the VPC."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr_block, 0))
    error_message = "Not a CIDR block, such as 10.0.0.0/16."
  }
}

variable "public_subnet_cidrs" {
  description = "Addresses of the public subnets, one for each of three zones."
  type        = list(string)

  validation {
    condition     = length(var.public_subnet_cidrs) == 3 && alltrue([for cidr in var.public_subnet_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Three CIDR blocks are needed: RabbitMQ's quorum wants three zones."
  }
}

variable "private_subnet_cidrs" {
  description = "Addresses of the private subnets, one for each of three zones. Each pod takes one."
  type        = list(string)

  validation {
    condition     = length(var.private_subnet_cidrs) == 3 && alltrue([for cidr in var.private_subnet_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Three CIDR blocks are needed: RabbitMQ's quorum wants three zones."
  }

  validation {
    condition     = length(setintersection(var.private_subnet_cidrs, var.public_subnet_cidrs)) == 0
    error_message = "A subnet is either public or private."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones: cheaper, and gone with its zone."
  type        = bool
  default     = false
}

variable "flow_log_retention_days" {
  description = "Days that flow records are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400], var.flow_log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or 400 days."
  }
}
