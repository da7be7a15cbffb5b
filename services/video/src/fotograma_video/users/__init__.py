"""What users may have, and have."""
