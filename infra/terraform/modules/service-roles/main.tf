# What each service may do on AWS: what its code calls, and no more. README.md is the table, and
# tests/contract/test_terraform_roles.py holds it, this file and the code together.
#
# auth calls nothing of AWS, so it has no role.

locals {
  sources     = "${var.bucket_arn}/sources/*"
  extractions = "${var.bucket_arn}/extractions/*"

  statements = {
    video = [
      {
        sid       = "ListBucket"
        actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads"]
        resources = [var.bucket_arn]
      },
      {
        sid       = "ReceiveSources"
        actions   = ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts"]
        resources = [local.sources]
      },
      {
        # By URLs it signs: whoever has one acts with this role's rights.
        sid       = "HandOutResults"
        actions   = ["s3:GetObject"]
        resources = [local.extractions]
      },
      {
        sid       = "Sweep"
        actions   = ["s3:DeleteObject", "s3:AbortMultipartUpload"]
        resources = [local.sources, local.extractions]
      },
    ]

    worker = [
      {
        # Without it S3 says 403, not 404, of an object that is gone, and the worker tries again.
        sid       = "ListBucket"
        actions   = ["s3:ListBucket"]
        resources = [var.bucket_arn]
      },
      {
        sid       = "ReadSources"
        actions   = ["s3:GetObject"]
        resources = [local.sources]
      },
      {
        sid       = "WriteResults"
        actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
        resources = [local.extractions]
      },
    ]

    notify = [
      {
        sid       = "Record"
        actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"]
        resources = [var.table_arn]
      },
      {
        sid       = "List"
        actions   = ["dynamodb:Query"]
        resources = [var.table_arn, "${var.table_arn}/index/by_time"]
      },
      {
        sid       = "QueueMail"
        actions   = ["sqs:SendMessage"]
        resources = [var.mail_queue_arn]
      },
      {
        sid       = "TakeFromQueues"
        actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        resources = [var.mail_queue_arn, var.feedback_queue_arn]
      },
      {
        sid       = "SendMail"
        actions   = ["ses:SendEmail"]
        resources = [var.mail_identity_arn, var.configuration_set_arn]
      },
    ]
  }
}

module "role" {
  source   = "../app-role"
  for_each = local.statements

  name            = "${var.name}-${each.key}"
  namespace       = var.namespace
  service_account = each.key
  oidc_provider   = var.oidc_provider
  statements      = each.value
}
