# What AWS itself notices, and who is told of alerts.

locals {
  greater = "GreaterThanThreshold"
  less    = "LessThanThreshold"

  databases = merge([
    for name in var.database_names : {
      "${name}-processor" = {
        says   = "The database ${name} has hardly any processor left."
        metric = ["AWS/RDS", "CPUUtilization", "Average"], dimensions = { DBInstanceIdentifier = name }
        is     = [local.greater, 85], minutes = 15
      }
      "${name}-disk" = {
        says   = "The database ${name} has hardly any disk left."
        metric = ["AWS/RDS", "FreeStorageSpace", "Minimum"], dimensions = { DBInstanceIdentifier = name }
        is     = [local.less, var.database_free_bytes], minutes = 5
      }
      "${name}-memory" = {
        says   = "The database ${name} has hardly any memory left."
        metric = ["AWS/RDS", "FreeableMemory", "Average"], dimensions = { DBInstanceIdentifier = name }
        is     = [local.less, var.database_free_memory_bytes], minutes = 15
      }
    }
  ]...)

  queues = {
    for name in var.queue_names : "${name}-age" => {
      says   = "Messages of ${name} wait: docs/runbooks/mail-waits.md."
      metric = ["AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"], dimensions = { QueueName = name }
      is     = [local.greater, var.queue_age_seconds], minutes = 5
    }
  }

  tables = merge([
    for name in var.table_names : {
      for way in ["Read", "Write"] : "${name}-${lower(way)}-throttles" => {
        says   = "DynamoDB refuses calls of ${name} as too many: docs/runbooks/table-throttled.md."
        metric = ["AWS/DynamoDB", "${way}ThrottleEvents", "Sum"], dimensions = { TableName = name }
        is     = [local.greater, 0], minutes = 1
      }
    }
  ]...)

  # AWS looks into an account from 5 % and 0.1 % on, and stops its mail from 10 % and 0.5 % on.
  mail = {
    "${local.name}-bounces" = {
      says   = "Of the mail that is sent, too much bounces: docs/runbooks/mail-waits.md."
      metric = ["AWS/SES", "Reputation.BounceRate", "Maximum"], dimensions = {}
      is     = [local.greater, 0.04], minutes = 60
    }
    "${local.name}-complaints" = {
      says   = "Of the mail that is sent, too much is called spam: docs/runbooks/mail-waits.md."
      metric = ["AWS/SES", "Reputation.ComplaintRate", "Maximum"], dimensions = {}
      is     = [local.greater, 0.0008], minutes = 60
    }
  }

  nat_gateways = merge([
    for zone, id in var.nat_gateways : {
      "${local.name}-nat-${zone}-ports" = {
        says   = "The NAT gateway of ${zone} has no ports left: too many connections to one address."
        metric = ["AWS/NATGateway", "ErrorPortAllocation", "Sum"], dimensions = { NatGatewayId = id }
        is     = [local.greater, 0], minutes = 5
      }
      "${local.name}-nat-${zone}-drops" = {
        says   = "The NAT gateway of ${zone} drops packets."
        metric = ["AWS/NATGateway", "PacketsDropCount", "Sum"], dimensions = { NatGatewayId = id }
        is     = [local.greater, var.nat_dropped_packets], minutes = 15
      }
    }
  ]...)

  alarms = merge(local.databases, local.queues, local.tables, local.mail, local.nat_gateways)

  # A controller makes the load balancer, so its name is not known here: those of the region.
  load_balancers = {
    "${local.name}-load-balancer-errors" = {
      says  = "The load balancer answers for pods that do not: docs/runbooks/process-down.md."
      query = "SELECT SUM(HTTPCode_ELB_5XX_Count) FROM SCHEMA(\"AWS/ApplicationELB\", LoadBalancer)"
      above = 20
    }
    "${local.name}-unhealthy-pods" = {
      says  = "The load balancer finds pods that do not answer: docs/runbooks/process-down.md."
      query = "SELECT MAX(UnHealthyHostCount) FROM SCHEMA(\"AWS/ApplicationELB\", LoadBalancer, TargetGroup)"
      above = 0
    }
  }

  name = "${var.project_name}-${var.environment}"
}

# What is not measured is not bad: a queue that nobody uses says nothing.
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = each.key
  alarm_description   = each.value.says
  namespace           = each.value.metric[0]
  metric_name         = each.value.metric[1]
  statistic           = each.value.metric[2]
  dimensions          = each.value.dimensions
  comparison_operator = each.value.is[0]
  threshold           = each.value.is[1]
  period              = 60 * each.value.minutes
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.topic_arns
  ok_actions          = var.topic_arns
}

resource "aws_cloudwatch_metric_alarm" "load_balancer" {
  for_each = local.load_balancers

  alarm_name          = each.key
  alarm_description   = each.value.says
  comparison_operator = local.greater
  threshold           = each.value.above
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.topic_arns
  ok_actions          = var.topic_arns

  metric_query {
    id          = "asked"
    expression  = each.value.query
    period      = 60
    return_data = true
  }
}

# Who Alertmanager tells: what docs/runbooks/alerting.md names, as one JSON object. An operator puts it
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
