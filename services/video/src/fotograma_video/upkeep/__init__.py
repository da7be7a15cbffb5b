"""Background rounds: abandoned uploads, expired videos, erased users."""
