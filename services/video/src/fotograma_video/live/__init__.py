"""Server-sent events about a user's library."""
