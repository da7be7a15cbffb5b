"""The auth service: users, credentials, sessions and keys."""
