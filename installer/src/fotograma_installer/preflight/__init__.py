"""What must be so before anything is deployed; each check says what is not, and what mends it."""
