# A role that one Kubernetes service account may assume, and nobody else.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.oidc_provider.issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${var.service_account}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.oidc_provider.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "Service account ${var.namespace}/${var.service_account}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "this" {
  count = length(var.statements) > 0 ? 1 : 0

  #checkov:skip=CKV_AWS_107:what is allowed is the caller's to say, statement by statement
  #checkov:skip=CKV_AWS_108:likewise
  #checkov:skip=CKV_AWS_109:likewise
  #checkov:skip=CKV_AWS_110:likewise
  #checkov:skip=CKV_AWS_111:likewise
  #checkov:skip=CKV_AWS_356:likewise
  dynamic "statement" {
    for_each = var.statements

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "this" {
  count = length(var.statements) > 0 ? 1 : 0

  name   = "needed"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this[0].minified_json # IAM counts to 10,240
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each = var.managed_policy_arns

  role       = aws_iam_role.this.name
  policy_arn = each.value
}
