variable "project_name" {
  description = "First part of every name."
  type        = string
}

variable "environment" {
  description = "Second part of every name."
  type        = string
}

variable "namespace" {
  description = "The services' namespace in Kubernetes."
  type        = string
  default     = "fotograma"
}

variable "oidc_provider" {
  description = "The cluster's OIDC provider: its ARN, and its issuer without `https://`."
  type = object({
    arn    = string
    issuer = string
  })
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, for the databases."
  type        = list(string)
}

variable "client_security_group_id" {
  description = "The security group of the cluster's nodes, which connect to the databases."
  type        = string
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

variable "database" {
  description = "How strong and how safe the databases are."
  type = object({
    instance_class        = string
    multi_az              = bool
    backup_retention_days = number
    enhanced_monitoring   = bool
  })
}

variable "video_retention_days" {
  description = "The longest time the product itself keeps a video."
  type        = number
}

variable "video_expiration_days" {
  description = "When S3 deletes what the product forgot; later than that."
  type        = number
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

variable "protected" {
  description = "Whether what holds data refuses to be destroyed."
  type        = bool
}

variable "alert_emails" {
  description = "Who is told when AWS itself notices something."
  type        = set(string)
}

variable "nat_gateways" {
  description = "NAT gateways by their zone, to be watched."
  type        = map(string)
  default     = {}
}
