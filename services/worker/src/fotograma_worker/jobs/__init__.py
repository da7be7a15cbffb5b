"""The use cases, one for each kind of command, and what only they use."""
