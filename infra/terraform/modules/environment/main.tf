# One environment, whole.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # Small is as small as it gets: whatever of it is lost with a zone is away until it is made again.
  sizes = {
    small = {
      single_nat_gateway = true
      nodes              = { instance_types = ["t3a.large", "t3.large"], min = 3, max = 5 }
      database           = { instance_class = "db.t4g.micro", multi_az = false, backup_retention_days = 1, enhanced_monitoring = false }
    }
    medium = {
      single_nat_gateway = false
      nodes              = { instance_types = ["m7i.large", "m7a.large", "m6i.large"], min = 3, max = 12 }
      database           = { instance_class = "db.t4g.medium", multi_az = true, backup_retention_days = 35, enhanced_monitoring = true }
    }
    large = {
      single_nat_gateway = false
      nodes              = { instance_types = ["m7i.xlarge", "m7a.xlarge", "m6i.xlarge"], min = 3, max = 12 }
      database           = { instance_class = "db.m7g.large", multi_az = true, backup_retention_days = 35, enhanced_monitoring = true }
    }
  }
  size = local.sizes[var.size]

  name       = "${var.project_name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  registry   = "${local.account_id}.dkr.ecr.${data.aws_region.current.region}.amazonaws.com"
}

module "platform" {
  source = "../platform"

  project_name         = var.project_name
  environment          = var.environment
  cidr_block           = var.cidr_block
  public_subnet_cidrs  = var.public_subnet_cidrs
  private_subnet_cidrs = var.private_subnet_cidrs
  single_nat_gateway   = local.size.single_nat_gateway
  nodes                = local.size.nodes
  public_access_cidrs  = concat(var.public_access_cidrs, var.runner_cidrs)
  zone_arn             = module.product.zone_arn
  secret_arns          = values(module.product.secret_arns)
  web_acl_arn          = module.web_acl.arn
  create_spot_role     = coalesce(var.create_spot_role, var.first_of_account)
  protected            = var.protected

  access_entries = {
    for name, arn in merge(
      { admin = var.admin_user_arn, apply = module.github.role_arns["apply"] },
      { for arn in var.other_admin_arns : arn => arn },
    ) : name => { principal_arn = arn, policy = "AmazonEKSClusterAdminPolicy" }
  }
}

module "product" {
  source = "../product"

  project_name             = var.project_name
  environment              = var.environment
  oidc_provider            = module.platform.oidc_provider
  vpc_id                   = module.platform.vpc_id
  subnet_ids               = module.platform.private_subnet_ids
  client_security_group_id = module.platform.node_security_group_id
  nat_gateways             = module.platform.nat_gateways
  zone_name                = var.zone_name
  host_name                = var.host_name
  sender                   = var.sender
  database                 = local.size.database
  video_retention_days     = var.video_retention_days
  video_expiration_days    = var.video_expiration_days
  secret_versions          = var.secret_versions
  key_versions             = var.key_versions
  protected                = var.protected
  alert_emails             = var.alert_emails
}

# Where logs and traces are kept

module "telemetry" {
  source = "../telemetry"

  project_name  = var.project_name
  environment   = var.environment
  oidc_provider = module.platform.oidc_provider
  force_destroy = !var.protected
}

# Of which CloudWatch keeps logs where Loki is not wanted. (The buckets stay: what is in them is old in a
# month.)
module "pod_logs" {
  source = "../pod-logs"
  count  = var.telemetry == "cloudwatch" ? 1 : 0

  cluster_name  = module.platform.ready
  oidc_provider = module.platform.oidc_provider
}

# What is refused before it reaches the load balancer

module "web_acl" {
  source = "../web-acl"

  name = local.name
}

# From a commit to what Argo CD deploys

module "ecr" {
  source = "../ecr"
  count  = var.first_of_account ? 1 : 0

  project_name = var.project_name
  force_delete = !var.protected
}

module "github" {
  source = "../github-oidc"

  name             = local.name
  environment      = var.environment
  repository       = var.github_repository
  create_provider  = var.first_of_account
  repository_arns  = ["arn:${data.aws_partition.current.partition}:ecr:${data.aws_region.current.region}:${local.account_id}:repository/${var.project_name}/*"]
  state_object_arn = "arn:${data.aws_partition.current.partition}:s3:::${var.state_bucket}/${var.environment}/terraform.tfstate"
}

module "argocd" {
  source = "../argocd"

  repository_url    = local.repository_url
  revision          = var.revision
  path              = "deploy/k8s/argocd/${var.environment}"
  high_availability = local.size.nodes.min > 1

  # Applied after everything it deploys onto, destroyed before it.
  depends_on = [module.platform, module.product]
}

locals {
  repository_url = "https://github.com/${var.github_repository}.git"
}

module "budget" {
  source = "../budget"

  name              = local.name
  monthly_limit_usd = var.monthly_limit_usd
  alert_emails      = var.alert_emails

  # The first of an account is told of all of it.
  environment_tag = var.first_of_account ? null : var.environment
}
