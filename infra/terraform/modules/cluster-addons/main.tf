# EKS waits until an add-on is healthy, and these are healthy only where there are nodes.

data "aws_partition" "current" {}

locals {
  addons = {
    coredns            = null
    metrics-server     = null
    aws-ebs-csi-driver = module.ebs_csi_role.arn
  }
}

# What AWS has by default for the cluster's version: a new one of either is seen in a plan.
data "aws_eks_addon_version" "this" {
  for_each = local.addons

  addon_name         = each.key
  kubernetes_version = var.kubernetes_version
}

resource "aws_eks_addon" "this" {
  for_each = local.addons

  cluster_name                = var.cluster_name
  addon_name                  = each.key
  addon_version               = data.aws_eks_addon_version.this[each.key].version
  service_account_role_arn    = each.value
  resolve_conflicts_on_update = "OVERWRITE"
}

module "ebs_csi_role" {
  source = "../app-role"

  name            = "${var.cluster_name}-ebs-csi"
  namespace       = "kube-system"
  service_account = "ebs-csi-controller-sa"
  oidc_provider   = var.oidc_provider

  managed_policy_arns = {
    ebs = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
  }
}

# RabbitMQ and Prometheus claim volumes. EKS has had no default class since 1.30.
resource "kubernetes_storage_class_v1" "gp3" {
  storage_provisioner    = "ebs.csi.aws.com"
  reclaim_policy         = "Delete"
  allow_volume_expansion = true
  # A volume is in one zone: its pod chooses which.
  volume_binding_mode = "WaitForFirstConsumer"

  metadata {
    name        = "gp3"
    annotations = { "storageclass.kubernetes.io/is-default-class" = "true" }
  }

  parameters = {
    type      = "gp3"
    encrypted = "true"
  }

  depends_on = [aws_eks_addon.this]
}
