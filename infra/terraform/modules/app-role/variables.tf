variable "name" {
  description = "The role's name."
  type        = string

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.name))
    error_message = "IAM takes at most 64 letters, digits and +=,.@-_ characters."
  }
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })

  validation {
    condition     = !startswith(var.oidc_provider.issuer, "https://")
    error_message = "IAM's condition keys name the issuer without https://."
  }
}

variable "namespace" {
  description = "The service account's namespace."
  type        = string
}

variable "service_account" {
  description = "The service account's name."
  type        = string

  validation {
    condition     = !strcontains(var.service_account, "*")
    error_message = "A role belongs to one service account."
  }
}

variable "statements" {
  description = "What the role may do. Each statement says by its `sid` what for."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = list(string)
    })), [])
  }))
  default = []

  validation {
    condition     = alltrue([for statement in var.statements : !contains(statement.actions, "*")])
    error_message = "Name the actions: a role that may do everything is not a role."
  }
}

variable "managed_policy_arns" {
  description = "Policies of AWS's own, by a name of the caller's, where AWS maintains what a controller needs."
  type        = map(string)
  default     = {}
}
