"""What the HTTP routes of several packages have in common."""
