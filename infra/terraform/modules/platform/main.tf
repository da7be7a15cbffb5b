# What any product would need: a network, a cluster, nodes, and what makes Kubernetes use AWS.
# Each part takes the cluster's name from the part before it, and so waits for it.

locals {
  name = "${var.project_name}-${var.environment}"
}

module "network" {
  source = "../network"

  name                 = local.name
  cluster_name         = local.name
  cidr_block           = var.cidr_block
  public_subnet_cidrs  = var.public_subnet_cidrs
  private_subnet_cidrs = var.private_subnet_cidrs
  single_nat_gateway   = var.single_nat_gateway
}

module "cluster" {
  source = "../cluster"

  cluster_name        = local.name
  kubernetes_version  = var.kubernetes_version
  subnet_ids          = module.network.private_subnet_ids
  public_access_cidrs = var.public_access_cidrs
  access_entries      = var.access_entries
  deletion_protection = var.protected
}

module "nodes" {
  source = "../managed-node-group"

  name           = "general"
  cluster_name   = module.cluster.ready
  subnet_ids     = module.network.private_subnet_ids
  instance_types = var.nodes.instance_types
  scaling        = { min = var.nodes.min, max = var.nodes.max }
}

module "addons" {
  source = "../cluster-addons"

  cluster_name       = module.nodes.ready
  oidc_provider      = module.cluster.oidc_provider
  kubernetes_version = var.kubernetes_version
}

module "load_balancer" {
  source = "../load-balancer"

  cluster_name  = module.addons.ready
  vpc_id        = module.network.vpc_id
  oidc_provider = module.cluster.oidc_provider
  web_acl_arn   = var.web_acl_arn
  replicas      = var.nodes.min > 1 ? 2 : 1
}

module "karpenter" {
  source = "../karpenter"

  cluster_name           = module.load_balancer.ready
  oidc_provider          = module.cluster.oidc_provider
  node_security_group_id = module.cluster.security_group_id
  create_spot_role       = var.create_spot_role
  replicas               = var.nodes.min > 1 ? 2 : 1
}

# What deploy/k8s installs, and what that may do

module "external_secrets_role" {
  source = "../app-role"

  name            = "${local.name}-external-secrets"
  namespace       = "fotograma"
  service_account = "external-secrets"
  oidc_provider   = module.cluster.oidc_provider

  statements = [{
    sid       = "ReadThisEnvironment"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = var.secret_arns
  }]
}

module "external_dns_role" {
  source = "../app-role"

  name            = "${local.name}-external-dns"
  namespace       = "external-dns"
  service_account = "external-dns"
  oidc_provider   = module.cluster.oidc_provider

  # Without a zone it looks, and has nothing to do.
  statements = concat(
    [for zone_arn in var.zone_arn == null ? [] : [var.zone_arn] : {
      sid       = "ChangeRecords"
      actions   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"]
      resources = [zone_arn]
    }],
    [{
      sid       = "FindZone"
      actions   = ["route53:ListHostedZones", "route53:ListTagsForResource"]
      resources = ["*"]
    }],
  )
}
