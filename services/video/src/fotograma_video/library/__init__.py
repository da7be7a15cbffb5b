"""A user's videos: list, read, change, download, delete."""
