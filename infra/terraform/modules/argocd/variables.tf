variable "repository_url" {
  description = "The Git repository that Argo CD deploys from, by HTTPS."
  type        = string

  validation {
    condition     = can(regex("^https://.+", var.repository_url))
    error_message = "An HTTPS URL, such as https://github.com/owner/fotograma.git."
  }
}

variable "revision" {
  description = "The branch, tag or commit that is deployed."
  type        = string
}

variable "path" {
  description = "The folder of Argo CD applications, relative to the repository's root: the app of apps."
  type        = string
}

variable "high_availability" {
  description = "Two of each part of Argo CD, and three of its Redis. What is deployed runs on without any."
  type        = bool
  default     = false
}

variable "chart_version" {
  description = "Version of the chart argo-cd (10.1.1 is Argo CD 3.4)."
  type        = string
  default     = "10.1.1"
}

variable "applications_chart_version" {
  description = "Version of the chart argocd-apps."
  type        = string
  default     = "2.0.5"
}

variable "sync_timeout_seconds" {
  description = "How long a sync may take, its retries included, before Argo CD ends it."
  type        = number
  default     = 1800

  validation {
    condition     = var.sync_timeout_seconds > 900 && var.sync_timeout_seconds <= 3600
    error_message = "Longer than a release may take (Jobs 300 s, Deployments 600 s), an hour at most."
  }
}
