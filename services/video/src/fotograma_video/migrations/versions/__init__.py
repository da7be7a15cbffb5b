"""The database's revisions, oldest first."""
