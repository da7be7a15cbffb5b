"""What several services need: each thing once."""
