"""Some of an archive's frames as a ZIP of their own."""
