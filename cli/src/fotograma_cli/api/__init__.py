"""The API of a server: requests, tokens, retries, live events."""
