# A domain or an address that mail is sent from, and a queue in which SES says what became of it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  has_domain       = var.domain != null
  mail_from_domain = "bounce.${coalesce(var.domain, "invalid")}"
}

resource "aws_sesv2_email_identity" "this" {
  email_identity         = local.has_domain ? var.domain : var.sender
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name

  dynamic "dkim_signing_attributes" {
    for_each = local.has_domain ? ["RSA_2048_BIT"] : []

    content {
      next_signing_key_length = dkim_signing_attributes.value
    }
  }
}

# Who receives such mail can tell that it is ours: DKIM, SPF by a MAIL FROM domain of ours, DMARC.

resource "aws_route53_record" "dkim" {
  count = local.has_domain ? 3 : 0

  zone_id = var.zone_id
  name    = "${aws_sesv2_email_identity.this.dkim_signing_attributes[0].tokens[count.index]}._domainkey.${var.domain}"
  type    = "CNAME"
  ttl     = 1800
  records = ["${aws_sesv2_email_identity.this.dkim_signing_attributes[0].tokens[count.index]}.dkim.amazonses.com"]
}

resource "aws_sesv2_email_identity_mail_from_attributes" "this" {
  count = local.has_domain ? 1 : 0

  email_identity         = aws_sesv2_email_identity.this.email_identity
  mail_from_domain       = local.mail_from_domain
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

resource "aws_route53_record" "mail_from_mx" {
  count = local.has_domain ? 1 : 0

  zone_id = var.zone_id
  name    = local.mail_from_domain
  type    = "MX"
  ttl     = 1800
  records = ["10 feedback-smtp.${data.aws_region.current.region}.amazonses.com"]
}

resource "aws_route53_record" "mail_from_spf" {
  count = local.has_domain ? 1 : 0

  zone_id = var.zone_id
  name    = local.mail_from_domain
  type    = "TXT"
  ttl     = 1800
  records = ["v=spf1 include:amazonses.com -all"]
}

resource "aws_route53_record" "dmarc" {
  count = local.has_domain ? 1 : 0

  zone_id = var.zone_id
  name    = "_dmarc.${var.domain}"
  type    = "TXT"
  ttl     = 1800
  records = ["v=DMARC1; p=${var.dmarc_policy}; adkim=r; aspf=r"]
}

# Every mail is sent under this set, so that its bounces and complaints are reported.

resource "aws_sesv2_configuration_set" "this" {
  configuration_set_name = var.name

  delivery_options {
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  # The account's own net below the product's suppression list.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}

resource "aws_sesv2_configuration_set_event_destination" "feedback" {
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name
  event_destination_name = "feedback"

  event_destination {
    enabled              = true
    matching_event_types = ["BOUNCE", "COMPLAINT", "DELIVERY", "REJECT", "RENDERING_FAILURE"]

    sns_destination {
      topic_arn = aws_sns_topic.feedback.arn
    }
  }

  # SES tries whether it may write to the topic.
  depends_on = [aws_sns_topic_policy.feedback]
}

# SES writes to a topic, and the topic to the queue: SES does not know SQS.

resource "aws_sns_topic" "feedback" {
  name              = "${var.name}-feedback"
  kms_master_key_id = aws_kms_key.feedback.id
}

data "aws_iam_policy_document" "feedback_topic" {
  statement {
    sid       = "SesReports"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.feedback.arn]

    principals {
      type        = "Service"
      identifiers = ["ses.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "feedback" {
  arn    = aws_sns_topic.feedback.arn
  policy = data.aws_iam_policy_document.feedback_topic.json
}

resource "aws_sns_topic_subscription" "feedback" {
  topic_arn            = aws_sns_topic.feedback.arn
  protocol             = "sqs"
  endpoint             = module.feedback_queue.arn
  raw_message_delivery = true
}

module "feedback_queue" {
  source = "../sqs-queue"

  name             = "${var.name}-feedback"
  topic_arns       = { Ses = aws_sns_topic.feedback.arn }
  alarm_topic_arns = var.alarm_topic_arns
}

# Reports name people's addresses, and SES may write to an encrypted topic only with a key whose
# policy lets it; AWS's own key for SNS does not.

data "aws_iam_policy_document" "feedback_key" {
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

  statement {
    sid       = "SesEncrypts"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["ses.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_kms_key" "feedback" {
  description             = "Reports of SES on mail of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.feedback_key.json
}

resource "aws_kms_alias" "feedback" {
  name          = "alias/${var.name}-feedback"
  target_key_id = aws_kms_key.feedback.key_id
}
