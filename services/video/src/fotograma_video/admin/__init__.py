"""What administrators see and decide."""
