"""What the service counts."""

from prometheus_client import Counter, Gauge, Histogram

DELIVERIES = Counter(
    "fotograma_mail_deliveries", "Mails by kind and by what became of them", ["kind", "outcome"]
)
SKIPPED = Counter(
    "fotograma_mail_skipped", "Mails not sent, by kind and reason", ["kind", "reason"]
)
UNCERTAIN = Gauge(
    "fotograma_mail_uncertain", "Deliveries of which nobody knows whether they were sent"
)
DELAY = Histogram(
    "fotograma_mail_delay_seconds",
    "Seconds from an event to the mail's acceptance by SES",
    ["kind"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200),
)
QUEUE_MESSAGES = Gauge(
    "fotograma_sqs_messages", "Messages in an SQS queue, as SQS estimates them", ["queue", "state"]
)
QUEUE_AGE = Gauge(
    "fotograma_sqs_age_seconds", "Age of the oldest message of the last poll", ["queue"]
)
QUEUE_OUTCOMES = Counter("fotograma_sqs_handled", "SQS messages by outcome", ["queue", "outcome"])
FEEDBACK = Counter("fotograma_mail_feedback", "SES events by type", ["type"])
