resource "aws_budgets_budget" "monthly" {
  name         = "${var.name}-monthly"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.monthly_limit_usd)
  limit_unit   = "USD"

  # Where environments share an account each counts what bears its tag; which must be activated as a
  # cost allocation tag first, or nothing is counted.
  dynamic "cost_filter" {
    for_each = var.environment_tag == null ? [] : [var.environment_tag]

    content {
      name   = "TagKeyValue"
      values = [join("$", ["user:Environment", cost_filter.value])]
    }
  }

  # Spent so far.
  dynamic "notification" {
    for_each = [50, 80, 100]

    content {
      notification_type          = "ACTUAL"
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = var.alert_emails
    }
  }

  # Where this month is heading, while something can still be done.
  notification {
    notification_type          = "FORECASTED"
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.alert_emails
  }
}
