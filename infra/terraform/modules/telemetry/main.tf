# Where logs and traces are kept: a bucket for each program that keeps some, and its role.

data "aws_caller_identity" "current" {}

locals {
  name = "${var.project_name}-${var.environment}"

  # Service accounts of deploy/k8s, and what each keeps.
  keepers = {
    loki  = "logs"
    tempo = "traces"
  }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:one role reads and writes it; a log of who read logs would tell nobody more
  #checkov:skip=CKV_AWS_21:what is too old must be gone; versions would keep it
  #checkov:skip=CKV_AWS_144:what a region's loss takes is told by Prometheus too, and is old within weeks
  #checkov:skip=CKV_AWS_145:AES-256 by S3; a key of KMS would be one more right of each role, and a request for each part
  #checkov:skip=CKV2_AWS_62:nobody waits for an object here
  for_each = local.keepers

  bucket        = "${local.name}-${each.value}-${data.aws_caller_identity.current.account_id}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.keepers

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.keepers

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.keepers

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# A net below what the programs delete themselves, which must know what they have.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.keepers

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "forgotten"
    status = "Enabled"

    filter {}

    expiration {
      days = var.expiration_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "this" {
  for_each = local.keepers

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.keepers

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json

  # S3 refuses two changes of a bucket's access at once.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

module "role" {
  source   = "../app-role"
  for_each = local.keepers

  name            = "${local.name}-${each.key}"
  namespace       = var.namespace
  service_account = each.key
  oidc_provider   = var.oidc_provider

  statements = [
    {
      sid       = "Find"
      actions   = ["s3:ListBucket"]
      resources = [aws_s3_bucket.this[each.key].arn]
    },
    {
      sid       = "Keep"
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      resources = ["${aws_s3_bucket.this[each.key].arn}/*"]
    },
  ]
}
