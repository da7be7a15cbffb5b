"""The store in DynamoDB: one table, and how it is read and written."""
