# config/fotograma.yaml decides these; `make config` writes them into terraform.tfvars.json.

# Where

variable "aws_region" {
  description = "The AWS region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "A region, such as us-east-1."
  }
}

variable "project_name" {
  description = "First part of every name."
  type        = string
  default     = "fotograma"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,19}$", var.project_name))
    error_message = "3 to 20 small letters, digits and hyphens."
  }
}

variable "cidr_block" {
  description = "Addresses of the VPC."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && try(tonumber(split("/", var.cidr_block)[1]) <= 20, false)
    error_message = "A CIDR block of /20 or larger, such as 10.0.0.0/16."
  }
}

variable "public_subnet_cidrs" {
  description = "Addresses of the public subnets, one for each of three zones: load balancers and NAT gateways."
  type        = list(string)

  validation {
    condition     = length(var.public_subnet_cidrs) == 3
    error_message = "Three: one for each zone."
  }
}

variable "private_subnet_cidrs" {
  description = "Addresses of the private subnets, one for each of three zones. Each pod takes one address."
  type        = list(string)

  validation {
    condition     = length(var.private_subnet_cidrs) == 3
    error_message = "Three: one for each zone."
  }
}

variable "zone_name" {
  description = "A public hosted zone of Route 53 in this account, such as `example.org`; null for the load balancer's own name."
  type        = string
  default     = null
}

variable "host_name" {
  description = "Where users find the product, and the domain it sends mail from, such as `fotograma.example.org`; null for the load balancer's own name."
  type        = string
  default     = null

  validation {
    condition     = var.host_name == null || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.host_name))
    error_message = "A host name, without https://."
  }
}

variable "sender" {
  description = "The address that mail comes from, where there is no domain. SES mails it a link to confirm."
  type        = string
  default     = null
}

# Who

variable "admin_user_arn" {
  description = "The IAM user or role that administers the cluster from a workstation, and applies this the first time."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/.+", var.admin_user_arn))
    error_message = "The ARN of an IAM user or role; of a role you have assumed, not of the session."
  }
}

variable "other_admin_arns" {
  description = "IAM users or roles that administer it too."
  type        = set(string)
  default     = []
}

variable "public_access_cidrs" {
  description = "Where Kubernetes' API may be reached from: offices, VPNs. Not the whole Internet."
  type        = list(string)

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "CIDR blocks, and not 0.0.0.0/0."
  }
}

variable "runner_cidrs" {
  description = "Where the pipeline that applies this right now comes from; it sets this itself."
  type        = list(string)
  default     = []
}

variable "alert_emails" {
  description = "Who is told of costs, dead letters and reports that were not handled."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : strcontains(address, "@")])
    error_message = "One e-mail address at least."
  }
}

variable "owner" {
  description = "The tag Owner."
  type        = string
}

variable "cost_center" {
  description = "The tag CostCenter."
  type        = string
}

variable "team" {
  description = "The tag Team."
  type        = string
  default     = "platform"
}

variable "monthly_limit_usd" {
  description = "What the account may cost in a month, in US dollars, before somebody is told."
  type        = number

  validation {
    condition     = var.monthly_limit_usd > 0
    error_message = "More than nothing."
  }
}

# How large

variable "size" {
  description = "How large and how safe: small (nothing survives the loss of a zone), medium or large. Unless it is said, dev is small and the others medium."
  type        = string
  default     = null
}

# What is deployed

variable "github_repository" {
  description = "The GitHub repository, `owner/name`. Argo CD reads it without a password, so it is public, or Argo CD is given one."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "owner/name."
  }
}

variable "revision" {
  description = "The branch, tag or commit that Argo CD deploys."
  type        = string
  default     = "main"
}

variable "state_bucket" {
  description = "The bucket of this state, as backend.hcl has it."
  type        = string
}

variable "first_of_account" {
  description = "Whether this environment makes what an account has once (ECR repositories, GitHub's OIDC provider). False where environments share an account and another one made them."
  type        = bool
  default     = true
}

variable "create_spot_role" {
  description = "Whether this environment makes the role by which EC2 runs spot instances; without it Karpenter falls back to on-demand ones at three times the price. An account has one: false where `aws iam get-role --role-name AWSServiceRoleForEC2Spot` finds it. As first_of_account, unless it is said."
  type        = bool
  default     = null
}

# What may change later

variable "secret_versions" {
  description = "For each service a number. A higher one than last time makes its passwords anew; what it signs with stays."
  type = object({
    auth   = number
    video  = number
    notify = number
    worker = number
  })
  default = { auth = 1, video = 1, notify = 1, worker = 1 }

  validation {
    condition     = alltrue([for version in values(var.secret_versions) : version >= 1])
    error_message = "Count from 1."
  }
}

variable "key_versions" {
  description = "For each service that signs a number. A higher one than last time replaces all its signing keys at once, those of operators too; docs/runbooks/key-rotation.md has the gentle way."
  type = object({
    auth  = number
    video = number
  })
  default = { auth = 1, video = 1 }

  validation {
    condition     = alltrue([for version in values(var.key_versions) : version >= 1])
    error_message = "Count from 1."
  }
}

variable "video_retention_days" {
  description = "The longest time the product itself keeps a video. S3 deletes what it forgot some weeks later."
  type        = number
  default     = 365

  validation {
    condition     = var.video_retention_days >= 1
    error_message = "One day at least."
  }
}

variable "telemetry" {
  description = "Where logs and traces go: grafana (Loki and Tempo), cloudwatch (logs to CloudWatch, traces to Tempo) or datadog."
  type        = string
  default     = "grafana"

  validation {
    condition     = contains(["grafana", "cloudwatch", "datadog"], var.telemetry)
    error_message = "grafana, cloudwatch or datadog."
  }
}

variable "protected" {
  description = "Whether databases, bucket, table and cluster refuse to be destroyed. `make destroy` needs it to be false, and applied, first; dev never is."
  type        = bool
  default     = true
}
