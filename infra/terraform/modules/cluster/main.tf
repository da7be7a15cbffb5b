data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# The control plane

resource "aws_eks_cluster" "this" {
  #checkov:skip=CKV_AWS_38:public_access_cidrs refuses 0.0.0.0/0
  #checkov:skip=CKV_AWS_39:an empty public_access_cidrs closes it
  name                          = var.cluster_name
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.cluster.arn
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false
  deletion_protection           = var.deletion_protection

  access_config {
    authentication_mode = "API"
    # Whoever happens to run Terraform first gets nothing that the entries below do not say.
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = var.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.public_access_cidrs) > 0
    public_access_cidrs     = var.public_access_cidrs
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }

  # When EKS ends a version's support it upgrades by itself, and a version that then still stands in
  # kubernetes_version would be a way back, which there is none: Renovate is earlier.
  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [
    aws_iam_role_policy_attachment.cluster,
    # Created first, or EKS makes one of its own that is kept for ever.
    aws_cloudwatch_log_group.control_plane,
  ]
}

data "aws_iam_policy_document" "cluster_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "cluster" {
  name               = "${var.cluster_name}-cluster"
  assume_role_policy = data.aws_iam_policy_document.cluster_trust.json
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_cloudwatch_log_group" "control_plane" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with a key of its own; EKS leaves secrets out of its audit log
  #checkov:skip=CKV_AWS_338:how long the audit log is kept is a setting
  name              = "/aws/eks/${var.cluster_name}/cluster"
  retention_in_days = var.log_retention_days
}

# Secrets in etcd are encrypted by this key.

data "aws_iam_policy_document" "secrets_key" {
  #checkov:skip=CKV_AWS_109:a key's policy speaks of this key only; the account decides by IAM
  #checkov:skip=CKV_AWS_111:likewise
  #checkov:skip=CKV_AWS_356:likewise
  statement {
    sid       = "AccountDecidesByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "secrets" {
  description             = "Kubernetes secrets of ${var.cluster_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.secrets_key.json
}

resource "aws_kms_alias" "secrets" {
  name          = "alias/${var.cluster_name}-kubernetes-secrets"
  target_key_id = aws_kms_key.secrets.key_id
}

# People and pipelines

resource "aws_eks_access_entry" "this" {
  for_each = var.access_entries

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.value.principal_arn
}

resource "aws_eks_access_policy_association" "this" {
  for_each = var.access_entries

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.this[each.key].principal_arn
  policy_arn    = "arn:${data.aws_partition.current.partition}:eks::aws:cluster-access-policy/${each.value.policy}"

  access_scope {
    type = "cluster"
  }
}

# Service accounts that assume IAM roles

data "tls_certificate" "oidc" {
  url = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

resource "aws_iam_openid_connect_provider" "this" {
  url             = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = [data.tls_certificate.oidc.certificates[0].sha1_fingerprint]
}

# The add-ons a node needs before it is ready; `cluster-addons` has those that need a node.

module "vpc_cni_role" {
  source = "../app-role"

  name            = "${var.cluster_name}-vpc-cni"
  namespace       = "kube-system"
  service_account = "aws-node"

  oidc_provider = {
    arn    = aws_iam_openid_connect_provider.this.arn
    issuer = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")
  }

  managed_policy_arns = {
    cni = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonEKS_CNI_Policy"
  }
}

# Of AWS's default version for the cluster's: a new one of either is seen in a plan.
data "aws_eks_addon_version" "this" {
  for_each = toset(["vpc-cni", "kube-proxy"])

  addon_name         = each.key
  kubernetes_version = var.kubernetes_version
}

resource "aws_eks_addon" "vpc_cni" {
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "vpc-cni"
  addon_version               = data.aws_eks_addon_version.this["vpc-cni"].version
  service_account_role_arn    = module.vpc_cni_role.arn
  resolve_conflicts_on_update = "OVERWRITE"

  configuration_values = jsonencode({
    # Without it NetworkPolicies are accepted and ignored.
    enableNetworkPolicy = "true"
    # Blocks of 16 addresses instead of single ones: 110 pods on a node that else had 29.
    env = {
      ENABLE_PREFIX_DELEGATION = "true"
      WARM_PREFIX_TARGET       = "1"
    }
  })
}

resource "aws_eks_addon" "kube_proxy" {
  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "kube-proxy"
  addon_version               = data.aws_eks_addon_version.this["kube-proxy"].version
  resolve_conflicts_on_update = "OVERWRITE"
}
