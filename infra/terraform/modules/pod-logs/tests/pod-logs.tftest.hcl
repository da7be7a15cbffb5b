mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  cluster_name = "fotograma-test"
  oidc_provider = {
    arn    = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123"
    issuer = "oidc.eks.us-east-1.amazonaws.com/id/0123"
  }
}

run "lines_only_and_not_for_ever" {
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.retention_in_days == 30])
    error_message = "Lines would be kept for ever, and so would ids of users who have left."
  }

  assert {
    condition     = [for kind, part in jsondecode(aws_eks_addon.this.configuration_values) : kind if part.enabled] == ["containerLogs"]
    error_message = "What Prometheus measures would be paid for once more."
  }
}
