"""The `fotograma` command."""
