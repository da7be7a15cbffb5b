resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:encrypted by DynamoDB's own key; one of KMS would be one more right of the role
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = var.hash_key
  range_key                   = var.range_key
  deletion_protection_enabled = var.deletion_protection

  # Only keys are declared; all else is the service's.
  dynamic "attribute" {
    for_each = toset(concat([var.hash_key, var.range_key], [for index in var.indexes : index.range_key]))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = var.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = var.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = "ALL"
    }
  }

  ttl {
    enabled        = true
    attribute_name = var.ttl_attribute
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_days
  }
}
