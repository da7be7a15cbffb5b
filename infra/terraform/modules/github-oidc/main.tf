# What GitHub's workflows may do here, without a key that anybody could lose. Each role is for one
# kind of run, which GitHub states in the token's subject.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  issuer       = "token.actions.githubusercontent.com"
  provider_arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.issuer}"

  subjects = {
    push  = "repo:${var.repository}:ref:refs/heads/${var.branch}"
    plan  = "repo:${var.repository}:pull_request"
    apply = "repo:${var.repository}:environment:${var.environment}"
  }
}

data "tls_certificate" "github" {
  count = var.create_provider ? 1 : 0

  url = "https://${local.issuer}/.well-known/openid-configuration"
}

# An account has one; where another environment's Terraform made it, this one's does not.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_provider ? 1 : 0

  url             = "https://${local.issuer}"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = [data.tls_certificate.github[0].certificates[0].sha1_fingerprint]
}

data "aws_iam_policy_document" "trust" {
  #checkov:skip=CKV_AWS_358:each subject begins with the one repository, whose name has no star
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.name}-github-${each.key}"
  description          = "GitHub: ${each.value}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = each.key == "apply" ? 7200 : 3600

  depends_on = [aws_iam_openid_connect_provider.github]
}

# push: images of the main branch to ECR, into repositories that take no tag twice

data "aws_iam_policy_document" "push" {
  #checkov:skip=CKV_AWS_356:GetAuthorizationToken knows no resources
  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Push"
    resources = var.repository_arns
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
  }
}

resource "aws_iam_role_policy" "push" {
  name   = "push-images"
  role   = aws_iam_role.this["push"].id
  policy = data.aws_iam_policy_document.push.json
}

# plan: a pull request's own code runs with it, so it may look at how things are configured, and
# see neither what users uploaded nor what is secret

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"
}

data "aws_iam_policy_document" "plan" {
  #checkov:skip=CKV_AWS_356:what is denied is denied everywhere; a random password is nobody's
  statement {
    sid       = "MakeUpPasswords" # that no plan keeps
    actions   = ["secretsmanager:GetRandomPassword"]
    resources = ["*"]
  }

  statement {
    sid           = "NoContents"
    effect        = "Deny"
    actions       = ["s3:GetObject*"]
    not_resources = [var.state_object_arn]
  }

  statement {
    sid       = "NoSecrets"
    effect    = "Deny"
    resources = ["*"]
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:PartiQLSelect",
      "dynamodb:Query",
      "dynamodb:Scan",
      "kms:Decrypt",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:StartQuery",
      "secretsmanager:BatchGetSecretValue",
      "secretsmanager:GetSecretValue",
      "sqs:ReceiveMessage",
      "ssm:GetParameter*",
    ]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "look-without-reading"
  role   = aws_iam_role.this["plan"].id
  policy = data.aws_iam_policy_document.plan.json
}

# apply: behind the protection rules of the GitHub environment

resource "aws_iam_role_policy_attachment" "apply" {
  #checkov:skip=CKV_AWS_274:it creates and destroys all of this, roles included; who may use it, GitHub's reviewers decide each time
  role       = aws_iam_role.this["apply"].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AdministratorAccess"
}
