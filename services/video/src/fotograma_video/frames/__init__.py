"""The frames of an archive, one by one, and their thumbnails."""
