# What the services are told in secret. Everything is made up here and written to Secrets Manager:
# ephemeral values and write-only arguments, so neither a plan nor the state holds any of it.
#
# A higher version writes a service's secret anew, with other passwords. What fell apart because an
# apply broke off between a database and its secret is mended the same way. Keys that sign are in
# secrets of their own, with versions of their own: a password may change and every token stay good.
#
# A database's owner migrates it. Its service's processes are a user of their own, who reads and writes
# rows: a migration makes it, with the password of the secret `<service>-rows`.

locals {
  services = toset(["auth", "video", "notify", "worker"])
  versions = merge(
    var.versions,
    { for service, version in var.key_versions : "${service}-keys" => version },
    { for service in local.with_database : "${service}-rows" => var.versions[service] },
  )
  with_database = toset(["auth", "video"])

  values = {
    auth = {
      database_url      = local.database_urls["auth"]
      rabbitmq_password = local.broker_passwords["auth"]
      rabbitmq_url      = local.broker_urls["auth"]
    }
    auth-rows  = { database_url = local.row_urls["auth"] }
    video-rows = { database_url = local.row_urls["video"] }
    auth-keys = {
      # The file's name is the key's id, so each key has another; an operator's, named by the time,
      # come after.
      signing_keys = { (format("%08dT000000Z-terraform.pem", var.key_versions.auth)) = ephemeral.tls_private_key.tokens.private_key_pem_pkcs8 }
    }
    video = {
      database_url      = local.database_urls["video"]
      rabbitmq_password = local.broker_passwords["video"]
      rabbitmq_url      = local.broker_urls["video"]
    }
    video-keys = {
      video_url_signing_keys = jsonencode([module.url_signing_key.value])
    }
    notify = {
      rabbitmq_password = local.broker_passwords["notify"]
      rabbitmq_url      = local.broker_urls["notify"]
    }
    worker = {
      rabbitmq_password = local.broker_passwords["worker"]
      rabbitmq_url      = local.broker_urls["worker"]
    }
  }

  # Without `ssl`: asyncpg asks for TLS by itself, and the database answers nothing else.
  database_urls = {
    for service, endpoint in var.database_endpoints :
    service => "postgresql+asyncpg://${service}:${var.database_passwords[service]}@${endpoint}/${service}"
  }

  row_urls = {
    for service, endpoint in var.database_endpoints :
    service => "postgresql+asyncpg://${service}_rows:${module.row_password[service].value}@${endpoint}/${service}"
  }

  broker_passwords = { for service in local.services : service => module.broker_password[service].value }
  broker_urls = {
    for service, password in local.broker_passwords :
    service => "amqp://${service}:${password}@${var.broker_host}/"
  }
}

module "broker_password" {
  source   = "../password"
  for_each = local.services
}

module "row_password" {
  source   = "../password"
  for_each = local.with_database
}

# Signs the video service's own links.
module "url_signing_key" {
  source = "../password"
  length = 64
}

# Signs access tokens. Further keys, and the end of this one, are an operator's: docs/runbooks.
ephemeral "tls_private_key" "tokens" {
  algorithm = "ED25519"
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149:Secrets Manager's own key; one of ours would be one more right of whoever reads
  #checkov:skip=CKV2_AWS_57:rotated together with what it opens, by a higher version
  for_each = toset(keys(local.versions))

  name                    = "${var.project_name}/${var.environment}/${each.key}"
  description             = "What the ${split("-", each.key)[0]} service ${endswith(each.key, "-keys") ? "signs with" : "is told in secret"}"
  recovery_window_in_days = var.recovery_window_days
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each = local.versions

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = jsonencode(local.values[each.key])
  secret_string_wo_version = each.value
}
