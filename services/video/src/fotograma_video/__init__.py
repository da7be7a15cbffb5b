"""The video service: videos, uploads, extractions and their truth."""
