# Lines of all pods in CloudWatch, where nobody wants to run Loki: EKS's own add-on, with Fluent Bit.

locals {
  # Of pods, of what Kubernetes runs on nodes, and of the nodes themselves: the add-on's names.
  groups = toset(["application", "dataplane", "host"])
}

# Made here, since the add-on would make them without an end.
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key; one of ours would be one more right of whoever reads
  #checkov:skip=CKV_AWS_338:ids of users are personal data, and go after the time that Loki keeps them too
  for_each = local.groups

  name              = "/aws/containerinsights/${var.cluster_name}/${each.key}"
  retention_in_days = var.retention_days
}

resource "aws_eks_addon" "this" {
  cluster_name                = var.cluster_name
  addon_name                  = "amazon-cloudwatch-observability"
  service_account_role_arn    = module.role.arn
  resolve_conflicts_on_update = "OVERWRITE"

  # Measurements are Prometheus's and traces Tempo's; here each would be paid for once more.
  configuration_values = jsonencode({
    containerLogs      = { enabled = true }
    containerInsights  = { enabled = false }
    applicationSignals = { enabled = false }
  })

  depends_on = [aws_cloudwatch_log_group.this]
}

module "role" {
  source = "../app-role"

  name            = "${var.cluster_name}-pod-logs"
  namespace       = "amazon-cloudwatch"
  service_account = "cloudwatch-agent"
  oidc_provider   = var.oidc_provider

  statements = [{
    sid       = "WriteLines"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.this : "${group.arn}:*"]
  }]
}
