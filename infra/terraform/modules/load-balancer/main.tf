# The AWS Load Balancer Controller: makes the ALB of every Ingress of class `alb`.

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  service_account = "aws-load-balancer-controller"
  elb             = "arn:${data.aws_partition.current.partition}:elasticloadbalancing:*:*"
  security_groups = "arn:${data.aws_partition.current.partition}:ec2:*:*:security-group/*"

  # A load balancer, target group or group of rules is the controller's own by this tag.
  cluster_tag = "elbv2.k8s.aws/cluster"
  is_ours     = [{ test = "StringEquals", variable = "aws:ResourceTag/${local.cluster_tag}", values = [var.cluster_name] }]
  becomes_ours = [
    { test = "StringEquals", variable = "aws:RequestTag/${local.cluster_tag}", values = [var.cluster_name] }
  ]
  stays_ours = concat(
    local.is_ours, [{ test = "Null", variable = "aws:RequestTag/${local.cluster_tag}", values = ["true"] }]
  )
}

# What the controller's installation guide asks for (docs/install/iam_policy.json of its release),
# without Cognito, WAF of old, Shield and outposts, which are not used, and for this cluster's own
# things and the one web ACL where the guide says any.
module "role" {
  source = "../app-role"

  name            = "${var.cluster_name}-load-balancer"
  namespace       = "kube-system"
  service_account = local.service_account
  oidc_provider   = var.oidc_provider

  statements = [
    {
      sid       = "LookAround"
      resources = ["*"]
      actions = [
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeAddresses",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstances",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeVpcs",
        "ec2:GetSecurityGroupsForVpc",
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:DescribeListenerAttributes",
        "elasticloadbalancing:DescribeListenerCertificates",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeSSLPolicies",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeTrustStores",
      ]
    },
    {
      sid       = "FirstLoadBalancerOfAnAccount"
      actions   = ["iam:CreateServiceLinkedRole"]
      resources = ["*"]
      conditions = [
        { test = "StringEquals", variable = "iam:AWSServiceName", values = ["elasticloadbalancing.amazonaws.com"] }
      ]
    },
    {
      # Also in the nodes' group, which is EKS's and not tagged.
      sid       = "OpenNodesToLoadBalancers"
      actions   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
      resources = [local.security_groups]
      conditions = [
        { test = "ArnEquals", variable = "ec2:Vpc", values = ["arn:${data.aws_partition.current.partition}:ec2:*:*:vpc/${var.vpc_id}"] }
      ]
    },
    {
      # A rule does not say which VPC it is of; its group, above, does.
      sid       = "RulesOfThat"
      actions   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
      resources = ["arn:${data.aws_partition.current.partition}:ec2:*:*:security-group-rule/*"]
    },
    {
      sid       = "CreateSecurityGroups"
      actions   = ["ec2:CreateSecurityGroup"]
      resources = ["*"]
    },
    {
      sid       = "TagNewSecurityGroups"
      actions   = ["ec2:CreateTags"]
      resources = [local.security_groups]
      conditions = concat(
        local.becomes_ours, [{ test = "StringEquals", variable = "ec2:CreateAction", values = ["CreateSecurityGroup"] }]
      )
    },
    {
      sid        = "TagOwnSecurityGroups"
      actions    = ["ec2:CreateTags", "ec2:DeleteTags"]
      resources  = [local.security_groups]
      conditions = local.stays_ours
    },
    {
      sid        = "DeleteOwnSecurityGroups"
      actions    = ["ec2:DeleteSecurityGroup"]
      resources  = ["*"]
      conditions = local.is_ours
    },
    {
      sid        = "CreateLoadBalancers"
      actions    = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
      resources  = ["*"]
      conditions = local.becomes_ours
    },
    {
      sid       = "TagNewLoadBalancers"
      actions   = ["elasticloadbalancing:AddTags"]
      resources = ["${local.elb}:targetgroup/*/*", "${local.elb}:loadbalancer/net/*/*", "${local.elb}:loadbalancer/app/*/*"]
      conditions = concat(
        local.becomes_ours,
        [{ test = "StringEquals", variable = "elasticloadbalancing:CreateAction", values = ["CreateTargetGroup", "CreateLoadBalancer"] }]
      )
    },
    {
      sid        = "TagOwnLoadBalancers"
      actions    = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
      resources  = ["${local.elb}:targetgroup/*/*", "${local.elb}:loadbalancer/net/*/*", "${local.elb}:loadbalancer/app/*/*"]
      conditions = local.stays_ours
    },
    {
      sid       = "TagListeners"
      actions   = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
      resources = ["${local.elb}:listener/*", "${local.elb}:listener-rule/*"]
    },
    {
      sid       = "ListenersAndRules"
      resources = ["*"]
      actions = [
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:DeleteListener",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RemoveListenerCertificates",
        "elasticloadbalancing:SetRulePriorities",
      ]
    },
    {
      sid        = "ChangeOwnLoadBalancers"
      resources  = ["*"]
      conditions = local.is_ours
      actions = [
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:ModifyCapacityReservation",
        "elasticloadbalancing:ModifyIpPools",
        "elasticloadbalancing:ModifyListenerAttributes",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:ModifyTargetGroupAttributes",
        "elasticloadbalancing:SetIpAddressType",
        "elasticloadbalancing:SetSecurityGroups",
        "elasticloadbalancing:SetSubnets",
        "elasticloadbalancing:SetWebAcl",
      ]
    },
    {
      sid       = "FindWebAcls"
      actions   = ["wafv2:GetWebACLForResource", "wafv2:ListWebACLs"]
      resources = ["*"]
    },
    {
      sid       = "StandBehindTheWebAcl"
      actions   = ["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:GetWebACL"]
      resources = [var.web_acl_arn, "${local.elb}:loadbalancer/app/*/*"]
    },
    {
      sid       = "PodsComeAndGo"
      actions   = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
      resources = ["${local.elb}:targetgroup/*/*"]
    },
  ]
}

resource "helm_release" "this" {
  name       = "aws-load-balancer-controller"
  namespace  = "kube-system"
  repository = "https://aws.github.io/eks-charts"
  chart      = "aws-load-balancer-controller"
  version    = var.chart_version
  atomic     = true
  timeout    = 600

  values = [yamlencode({
    clusterName  = var.cluster_name
    region       = data.aws_region.current.region
    vpcId        = var.vpc_id # one hop of metadata does not reach a pod
    replicaCount = var.replicas
    enableWaf    = false
    enableWafv2  = true
    enableShield = false

    serviceAccount = {
      create      = true
      name        = local.service_account
      annotations = { "eks.amazonaws.com/role-arn" = module.role.arn }
    }
  })]
}
