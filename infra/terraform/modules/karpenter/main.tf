# Nodes as they are needed. Which ones, deploy/k8s/components/karpenter says.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  service_account = "karpenter"
  region          = data.aws_region.current.region
  ec2             = "arn:${data.aws_partition.current.partition}:ec2:${local.region}"
  profiles        = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:instance-profile/*"

  made = [
    for kind in ["fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"] :
    "${local.ec2}:*:${kind}/*"
  ]

  # What Karpenter makes it tags with its cluster; by the tag it may change and delete it.
  owned         = "kubernetes.io/cluster/${var.cluster_name}"
  is_owned      = { test = "StringEquals", variable = "aws:ResourceTag/${local.owned}", values = ["owned"] }
  becomes_owned = { test = "StringEquals", variable = "aws:RequestTag/${local.owned}", values = ["owned"] }
  names_cluster = { test = "StringEquals", variable = "aws:RequestTag/eks:eks-cluster-name", values = [var.cluster_name] }
  of_a_pool     = { test = "StringLike", variable = "aws:ResourceTag/karpenter.sh/nodepool", values = ["*"] }
  for_a_pool    = { test = "StringLike", variable = "aws:RequestTag/karpenter.sh/nodepool", values = ["*"] }
  of_a_class    = { test = "StringLike", variable = "aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass", values = ["*"] }
  for_a_class   = { test = "StringLike", variable = "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass", values = ["*"] }
}

# The policies that Karpenter's installation guide asks for, as one.
module "role" {
  source = "../app-role"

  name            = "${var.cluster_name}-karpenter"
  namespace       = "kube-system"
  service_account = local.service_account
  oidc_provider   = var.oidc_provider

  statements = [
    {
      sid     = "LaunchFrom"
      actions = ["ec2:RunInstances", "ec2:CreateFleet"]
      resources = [
        "${local.ec2}::image/*",
        "${local.ec2}::snapshot/*",
        "${local.ec2}:*:security-group/*",
        "${local.ec2}:*:subnet/*",
        "${local.ec2}:*:capacity-reservation/*",
        "${local.ec2}:*:placement-group/*",
      ]
    },
    {
      sid        = "LaunchByOwnTemplates"
      actions    = ["ec2:RunInstances", "ec2:CreateFleet"]
      resources  = ["${local.ec2}:*:launch-template/*"]
      conditions = [local.is_owned, local.of_a_pool]
    },
    {
      sid        = "LaunchTagged"
      actions    = ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"]
      resources  = local.made
      conditions = [local.becomes_owned, local.names_cluster, local.for_a_pool]
    },
    {
      sid       = "TagWhatIsLaunched"
      actions   = ["ec2:CreateTags"]
      resources = local.made
      conditions = [
        local.becomes_owned, local.names_cluster, local.for_a_pool,
        { test = "StringEquals", variable = "ec2:CreateAction", values = ["RunInstances", "CreateFleet", "CreateLaunchTemplate"] },
      ]
    },
    {
      sid       = "TagOwnInstances"
      actions   = ["ec2:CreateTags"]
      resources = ["${local.ec2}:*:instance/*"]
      conditions = [
        local.is_owned, local.of_a_pool,
        { test = "StringEqualsIfExists", variable = "aws:RequestTag/eks:eks-cluster-name", values = [var.cluster_name] },
        { test = "ForAllValues:StringEquals", variable = "aws:TagKeys", values = ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"] },
      ]
    },
    {
      sid        = "EndOwn"
      actions    = ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"]
      resources  = ["${local.ec2}:*:instance/*", "${local.ec2}:*:launch-template/*"]
      conditions = [local.is_owned, local.of_a_pool]
    },
    {
      sid        = "GiveNodesTheirRole"
      actions    = ["iam:PassRole"]
      resources  = [aws_iam_role.node.arn]
      conditions = [{ test = "StringEquals", variable = "iam:PassedToService", values = ["ec2.amazonaws.com"] }]
    },
    {
      sid        = "MakeProfiles"
      actions    = ["iam:CreateInstanceProfile"]
      resources  = [local.profiles]
      conditions = [local.becomes_owned, local.names_cluster, local.for_a_class]
    },
    {
      sid        = "TagOwnProfiles"
      actions    = ["iam:TagInstanceProfile"]
      resources  = [local.profiles]
      conditions = [local.is_owned, local.becomes_owned, local.names_cluster, local.of_a_class, local.for_a_class]
    },
    {
      sid        = "ChangeOwnProfiles"
      actions    = ["iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"]
      resources  = [local.profiles]
      conditions = [local.is_owned, local.of_a_class]
    },
    {
      sid       = "LookAtProfiles"
      actions   = ["iam:GetInstanceProfile"]
      resources = [local.profiles]
    },
    {
      sid       = "FindCluster"
      actions   = ["eks:DescribeCluster"]
      resources = ["arn:${data.aws_partition.current.partition}:eks:${local.region}:${data.aws_caller_identity.current.account_id}:cluster/${var.cluster_name}"]
    },
    {
      sid       = "HearOfInterruptions"
      actions   = ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
      resources = [aws_sqs_queue.interruptions.arn]
    },
    {
      sid       = "FindImages"
      actions   = ["ssm:GetParameter"]
      resources = ["arn:${data.aws_partition.current.partition}:ssm:${local.region}::parameter/aws/service/*"]
    },
    {
      sid       = "LookAround"
      resources = ["*"]
      actions = [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
        "iam:ListInstanceProfiles",
        "pricing:GetProducts",
      ]
    },
  ]
}

resource "helm_release" "this" {
  name       = "karpenter"
  namespace  = "kube-system"
  repository = "oci://public.ecr.aws/karpenter"
  chart      = "karpenter"
  version    = var.chart_version
  atomic     = true
  timeout    = 600

  values = [yamlencode({
    replicas = var.replicas

    settings = {
      clusterName       = var.cluster_name
      interruptionQueue = aws_sqs_queue.interruptions.name
    }

    serviceAccount = {
      name        = local.service_account
      annotations = { "eks.amazonaws.com/role-arn" = module.role.arn }
    }
  })]
}

# What the nodes are

data "aws_iam_policy_document" "node_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = "${var.cluster_name}-node"
  assume_role_policy = data.aws_iam_policy_document.node_trust.json
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset([
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
  ])

  role       = aws_iam_role.node.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.key}"
}

resource "aws_eks_access_entry" "node" {
  cluster_name  = var.cluster_name
  principal_arn = aws_iam_role.node.arn
  type          = "EC2_LINUX"
}

# By this tag Karpenter finds the group that EKS made for nodes and control plane.
resource "aws_ec2_tag" "node_security_group" {
  resource_id = var.node_security_group_id
  key         = "karpenter.sh/discovery"
  value       = var.cluster_name
}

# EC2's own role for spot instances. A new account has none, and Karpenter may not make it.
resource "aws_iam_service_linked_role" "spot" {
  count = var.create_spot_role ? 1 : 0

  aws_service_name = "spot.amazonaws.com"
}

# Two minutes' notice before AWS takes a node back

resource "aws_sqs_queue" "interruptions" {
  name                      = "${var.cluster_name}-karpenter"
  message_retention_seconds = 300
  sqs_managed_sse_enabled   = true
}

data "aws_iam_policy_document" "interruptions" {
  statement {
    sid       = "AwsTells"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.interruptions.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for rule in aws_cloudwatch_event_rule.interruptions : rule.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "interruptions" {
  queue_url = aws_sqs_queue.interruptions.url
  policy    = data.aws_iam_policy_document.interruptions.json
}

resource "aws_cloudwatch_event_rule" "interruptions" {
  for_each = {
    health    = { source = "aws.health", kind = "AWS Health Event" }
    spot      = { source = "aws.ec2", kind = "EC2 Spot Instance Interruption Warning" }
    rebalance = { source = "aws.ec2", kind = "EC2 Instance Rebalance Recommendation" }
    state     = { source = "aws.ec2", kind = "EC2 Instance State-change Notification" }
  }

  name          = "${var.cluster_name}-karpenter-${each.key}"
  event_pattern = jsonencode({ source = [each.value.source], "detail-type" = [each.value.kind] })
}

resource "aws_cloudwatch_event_target" "interruptions" {
  for_each = aws_cloudwatch_event_rule.interruptions

  rule = each.value.name
  arn  = aws_sqs_queue.interruptions.arn
}
