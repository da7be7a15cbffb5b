variable "name" {
  description = "The instance's name, `<project>-<environment>-<service>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,62}$", var.name))
    error_message = "RDS takes at most 63 small letters, digits and hyphens."
  }
}

variable "database" {
  description = "Name of the database, and of its user."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,15}$", var.database))
    error_message = "At most 16 small letters, digits and underscores."
  }
}

variable "password" {
  description = "The user's password. It reaches RDS, and neither plan nor state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  description = "A higher number than last time writes the password anew."
  type        = number
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "RDS wants subnets of two zones at least."
  }
}

variable "client_security_group_ids" {
  description = "Who may connect: security groups, by a name of yours."
  type        = map(string)
}

variable "engine_version" {
  description = "PostgreSQL's version. A major one alone follows its minor releases."
  type        = string
  default     = "18"

  validation {
    condition     = can(regex("^1[6-8](\\.[0-9]+)?$", var.engine_version))
    error_message = "PostgreSQL 16, 17 or 18."
  }
}

variable "instance_class" {
  description = "The size of each of its machines."
  type        = string
}

variable "storage_gib" {
  description = "Storage to begin with."
  type        = number
  default     = 20

  validation {
    condition     = var.storage_gib >= 20
    error_message = "gp3 begins at 20 GiB."
  }
}

variable "max_storage_gib" {
  description = "What storage may grow to by itself."
  type        = number
  default     = 200

  validation {
    condition     = var.max_storage_gib > var.storage_gib
    error_message = "It must be able to grow: a full disk stops the product."
  }
}

variable "multi_az" {
  description = "Whether a second machine in another zone takes over when the first one fails."
  type        = bool
}

variable "backup_retention_days" {
  description = "How far back a moment can be restored."
  type        = number

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "RDS keeps backups for 1 to 35 days."
  }
}

variable "deletion_protection" {
  description = "Whether the database refuses to be deleted, and leaves a last snapshot when it is."
  type        = bool
}

variable "enhanced_monitoring" {
  description = "Whether the operating system's metrics are kept, one a minute."
  type        = bool
}
