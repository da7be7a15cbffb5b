variable "environment" {
  description = "The environment's name."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "dev, staging or prod."
  }
}

# Where and for whom: the environment's own variables, which describe them.

variable "project_name" {
  description = "First part of every name."
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

variable "admin_user_arn" {
  description = "Who administers the cluster from a workstation."
  type        = string
}

variable "other_admin_arns" {
  description = "Who else does."
  type        = set(string)
}

variable "public_access_cidrs" {
  description = "Where Kubernetes' API may be reached from."
  type        = list(string)
}

variable "runner_cidrs" {
  description = "Where the pipeline that applies this right now comes from."
  type        = list(string)
}

variable "zone_name" {
  description = "A public hosted zone of Route 53 in this account; null without a domain."
  type        = string
}

variable "host_name" {
  description = "Where users find the product, and the domain it sends mail from; null without a domain."
  type        = string
}

variable "sender" {
  description = "The address that mail comes from, which SES asks to confirm itself; where there is no domain."
  type        = string
}

variable "github_repository" {
  description = "The GitHub repository, `owner/name`."
  type        = string
}

variable "revision" {
  description = "The branch, tag or commit that Argo CD deploys."
  type        = string
}

variable "state_bucket" {
  description = "The bucket of Terraform's state."
  type        = string
}

variable "first_of_account" {
  description = "Whether this environment makes what an account has once: ECR repositories, GitHub's OIDC provider."
  type        = bool
}

variable "create_spot_role" {
  description = "Whether this environment makes the role by which EC2 runs spot instances; null: as first_of_account."
  type        = bool
}

variable "secret_versions" {
  description = "For each service a number; a higher one than last time makes its passwords anew."
  type = object({
    auth   = number
    video  = number
    notify = number
    worker = number
  })
}

variable "key_versions" {
  description = "For each service that signs a number; a higher one than last time replaces all its signing keys, operators' too."
  type = object({
    auth  = number
    video = number
  })
}

variable "video_retention_days" {
  description = "The longest time the product itself keeps a video."
  type        = number
}

variable "monthly_limit_usd" {
  description = "What the account may cost in a month before somebody is told."
  type        = number
}

variable "telemetry" {
  description = "Where logs and traces go: grafana, cloudwatch or datadog."
  type        = string
}

variable "alert_emails" {
  description = "Who is told."
  type        = set(string)
}

# How big and how safe.

variable "size" {
  description = "How large and how safe: small, medium or large."
  type        = string

  validation {
    condition     = contains(["small", "medium", "large"], var.size)
    error_message = "small, medium or large."
  }
}

variable "video_expiration_days" {
  description = "When S3 deletes what the product forgot."
  type        = number
}

variable "protected" {
  description = "Whether what holds data refuses to be destroyed."
  type        = bool
}
