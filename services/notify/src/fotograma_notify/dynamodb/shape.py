"""The shape of the one DynamoDB table, for provisioning.

| pk | sk | holds |
|---|---|---|
| `USER#<user id>` | `RECIPIENT` | address, verified or not, locale, revision; or a tombstone |
| `USER#<user id>` | `PREFERENCES` | which mails the user wants |
| `USER#<user id>` | `DELIVERY#<delivery id>` | one mail and its state; `listed_at` orders them |
| `MESSAGE#<SES message id>` | `MESSAGE` | which delivery SES means when it reports back |
| `SUPPRESSED#<SHA-256 of the address>` | `SUPPRESSED` | no mail goes to this address |
| `BUDGET#<SHA-256 of the address>` | what is counted | when mails of a day went, each once |
| `RATE#<limit>:<user id or network>` | `RATE` | when the bucket is full again, in milliseconds |
| `UNCERTAIN` | `<user id>#<delivery id>` | a delivery that an operator must look at |

Everything of one user lies in one partition: it is read consistently, checked in one transaction,
and erased by one query. `expires_at` (Unix seconds) lets deliveries and what points at them go.
Budgets belong to the address and not to a user: they outlive an account, by a day.
"""

from typing import Any

PARTITION_KEY = "pk"
SORT_KEY = "sk"
TTL_ATTRIBUTE = "expires_at"
BY_TIME_INDEX = "by_time"
BY_TIME_SORT_KEY = "listed_at"

TABLE_SCHEMA: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": PARTITION_KEY, "AttributeType": "S"},
        {"AttributeName": SORT_KEY, "AttributeType": "S"},
        {"AttributeName": BY_TIME_SORT_KEY, "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
        {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": BY_TIME_INDEX,
            "KeySchema": [
                {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
                {"AttributeName": BY_TIME_SORT_KEY, "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""What `create_table` takes besides the table's name."""

TIME_TO_LIVE: dict[str, Any] = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
"""What `update_time_to_live` takes as its `TimeToLiveSpecification`."""
