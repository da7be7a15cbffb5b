# Letters and digits only: it stands in URLs. An ephemeral value: no plan and no state holds it, and
# each run has another, so whoever stores it does so with a write-only argument and a version.
ephemeral "aws_secretsmanager_random_password" "this" {
  password_length     = var.length
  exclude_punctuation = true
}
