variable "name" {
  description = "Prefix of the roles' names, `<project>-<environment>`."
  type        = string
}

variable "repository" {
  description = "The GitHub repository, `owner/name`."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "owner/name; a star would let other people's repositories in."
  }
}

variable "branch" {
  description = "The branch whose images are pushed."
  type        = string
  default     = "main"
}

variable "environment" {
  description = "The GitHub environment whose reviewers let Terraform apply."
  type        = string
}

variable "create_provider" {
  description = "Whether GitHub's OIDC provider is made here; an account has one."
  type        = bool
  default     = true
}

variable "repository_arns" {
  description = "ECR repositories that images are pushed to."
  type        = list(string)
}

variable "state_object_arn" {
  description = "The state, which a plan reads: `arn:aws:s3:::<bucket>/<key>`."
  type        = string
}
