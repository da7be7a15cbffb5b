variable "cluster_name" {
  description = "The cluster that the nodes join."
  type        = string
}

variable "name" {
  description = "What the nodes are for."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "At most 20 small letters, digits and hyphens."
  }
}

variable "subnet_ids" {
  description = "Private subnets, one for each zone that nodes may be in."
  type        = list(string)
}

variable "ami_type" {
  description = "Amazon Linux 2023. Its kernels have Landlock, without which no worker starts, since release 2023.8.20250804."
  type        = string
  default     = "AL2023_x86_64_STANDARD"

  validation {
    condition     = contains(["AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD"], var.ami_type)
    error_message = "AL2023_x86_64_STANDARD or AL2023_ARM_64_STANDARD."
  }
}

variable "instance_types" {
  description = "Instance types of the same size, of the AMI's architecture."
  type        = list(string)

  validation {
    condition     = length(var.instance_types) > 0
    error_message = "One at least."
  }
}

variable "scaling" {
  description = "The fewest and the most nodes."
  type = object({
    min = number
    max = number
  })

  validation {
    condition     = var.scaling.min >= 1 && var.scaling.max >= var.scaling.min
    error_message = "One node at least, and the most is not fewer than the fewest."
  }
}

variable "disk_gib" {
  description = "Each node's disk. Images and logs: nothing of the product is stored there."
  type        = number
  default     = 50

  validation {
    condition     = var.disk_gib >= 20
    error_message = "The images of Amazon Linux 2023 want 20 GiB."
  }
}

variable "labels" {
  description = "Kubernetes labels of the nodes."
  type        = map(string)
  default     = {}
}
