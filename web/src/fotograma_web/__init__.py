"""The product's page: static files, built by `make web` from the TypeScript beside this package."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""The folder of the built page; beside its text files are those compressed with Brotli and gzip."""
