# As small as it gets, and gone without a question. Its other files are prod's.

locals {
  environment = "dev"
}

module "environment" {
  source = "../../modules/environment"

  environment           = local.environment
  size                  = coalesce(var.size, "small")
  video_expiration_days = var.video_retention_days + 7
  protected             = false

  project_name         = var.project_name
  cidr_block           = var.cidr_block
  public_subnet_cidrs  = var.public_subnet_cidrs
  private_subnet_cidrs = var.private_subnet_cidrs
  admin_user_arn       = var.admin_user_arn
  other_admin_arns     = var.other_admin_arns
  public_access_cidrs  = var.public_access_cidrs
  runner_cidrs         = var.runner_cidrs
  zone_name            = var.zone_name
  host_name            = var.host_name
  sender               = var.sender
  github_repository    = var.github_repository
  revision             = var.revision
  state_bucket         = var.state_bucket
  first_of_account     = var.first_of_account
  create_spot_role     = var.create_spot_role
  secret_versions      = var.secret_versions
  key_versions         = var.key_versions
  video_retention_days = var.video_retention_days
  monthly_limit_usd    = var.monthly_limit_usd
  alert_emails         = var.alert_emails
  telemetry            = var.telemetry
}
