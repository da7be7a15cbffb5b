# What the services find on AWS. deploy/k8s has the services themselves.

data "aws_caller_identity" "current" {}

locals {
  name = "${var.project_name}-${var.environment}"
}

# Where users find it

moved {
  from = module.dns_and_certificate
  to   = module.dns_and_certificate[0]
}

# Without a domain users find it by the load balancer's own name.
module "dns_and_certificate" {
  source = "../dns-and-certificate"
  count  = var.host_name == null ? 0 : 1

  zone_name = var.zone_name
  host_name = var.host_name
}

# Databases, one for each service that has one

module "database_password" {
  source   = "../password"
  for_each = toset(["auth", "video"])
}

module "database" {
  source   = "../database"
  for_each = toset(["auth", "video"])

  name                      = "${local.name}-${each.key}"
  database                  = each.key
  password                  = module.database_password[each.key].value
  password_version          = var.secret_versions[each.key]
  vpc_id                    = var.vpc_id
  subnet_ids                = var.subnet_ids
  client_security_group_ids = { cluster = var.client_security_group_id }
  instance_class            = var.database.instance_class
  multi_az                  = var.database.multi_az
  backup_retention_days     = var.database.backup_retention_days
  enhanced_monitoring       = var.database.enhanced_monitoring
  deletion_protection       = var.protected
}

module "secrets" {
  source = "../service-secrets"

  project_name         = var.project_name
  environment          = var.environment
  database_endpoints   = { for service, database in module.database : service => database.endpoint }
  database_passwords   = { for service, password in module.database_password : service => password.value }
  versions             = var.secret_versions
  key_versions         = var.key_versions
  recovery_window_days = var.protected ? 30 : 0
}

# Videos

module "video_bucket" {
  source = "../video-bucket"

  name            = "${local.name}-videos-${data.aws_caller_identity.current.account_id}"
  allowed_origins = [var.host_name == null ? "https://*.elb.amazonaws.com" : "https://${var.host_name}"]
  retention_days  = var.video_retention_days
  expiration_days = var.video_expiration_days
  force_destroy   = !var.protected
}

# Mail

module "mail_queue" {
  source = "../sqs-queue"

  name             = "${local.name}-mail"
  alarm_topic_arns = [aws_sns_topic.alarms.arn]
}

module "notify_table" {
  source = "../dynamodb-table"

  # The shape that services/notify/src/fotograma_notify/dynamodb/shape.py describes.
  name                = "${local.name}-notify"
  hash_key            = "pk"
  range_key           = "sk"
  indexes             = { by_time = { range_key = "listed_at" } }
  ttl_attribute       = "expires_at"
  deletion_protection = var.protected
}

module "mail_identity" {
  source = "../ses-email-identity"

  name             = local.name
  domain           = var.host_name
  sender           = var.sender
  zone_id          = one(module.dns_and_certificate[*].zone_id)
  alarm_topic_arns = [aws_sns_topic.alarms.arn]
}

# What AWS notices, and who is told of alerts

module "alarms" {
  source = "../alarms"

  project_name         = var.project_name
  environment          = var.environment
  topic_arns           = [aws_sns_topic.alarms.arn]
  database_names       = [for service in keys(module.database) : "${local.name}-${service}"]
  queue_names          = ["${local.name}-mail"]
  table_names          = ["${local.name}-notify"]
  nat_gateways         = var.nat_gateways
  recovery_window_days = var.protected ? 30 : 0
}

# Who is told when AWS itself notices something. Alarms of the services are Prometheus's.

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:an alarm says the name of a queue and a number
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# What the services may do with all that

module "roles" {
  source = "../service-roles"

  name                  = local.name
  namespace             = var.namespace
  oidc_provider         = var.oidc_provider
  bucket_arn            = module.video_bucket.arn
  table_arn             = module.notify_table.arn
  mail_queue_arn        = module.mail_queue.arn
  feedback_queue_arn    = module.mail_identity.feedback_queue_arn
  mail_identity_arn     = module.mail_identity.identity_arn
  configuration_set_arn = module.mail_identity.configuration_set_arn
}
