# Who is told of alerts: what docs/runbooks/alerting.md names, as one JSON object. An operator puts it
# in; nothing at first, and Terraform does not look at it afterwards.

resource "aws_secretsmanager_secret" "alerting" {
  #checkov:skip=CKV_AWS_149:Secrets Manager's own key; one of ours would be one more right of whoever reads
  #checkov:skip=CKV2_AWS_57:others issue what it holds, and it is changed when they do
  name                    = "${var.project_name}/${var.environment}/alerting"
  description             = "Who Alertmanager tells, and how"
  recovery_window_in_days = var.recovery_window_days
}

resource "aws_secretsmanager_secret_version" "alerting" {
  secret_id                = aws_secretsmanager_secret.alerting.id
  secret_string_wo         = jsonencode({})
  secret_string_wo_version = 1
}
