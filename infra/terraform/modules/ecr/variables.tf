variable "project_name" {
  description = "Prefix of the repositories' names."
  type        = string
}

variable "repositories" {
  description = "One for each image."
  type        = set(string)
  default     = ["auth", "video", "notify", "worker", "page"]
}

variable "kept_images" {
  description = "Images kept for each repository, the newest. What runs must be among them."
  type        = number
  default     = 200

  validation {
    condition     = var.kept_images >= 20
    error_message = "Fewer than 20 images may not reach back to what is deployed."
  }
}

variable "force_delete" {
  description = "Whether repositories that hold images may be destroyed."
  type        = bool
  default     = false
}
