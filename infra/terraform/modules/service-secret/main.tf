# What one service is told in secret. The values pass through Terraform, and are in neither its
# plans nor its state.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149:Secrets Manager's own key; one of ours would be one more right of whoever reads
  #checkov:skip=CKV2_AWS_57:rotated with what it opens, by a higher secrets_version; see docs/deploy.md
  name                    = var.name
  description             = var.description
  recovery_window_in_days = var.recovery_window_days
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo         = jsonencode(var.values)
  secret_string_wo_version = var.values_version
}
