"""Rows of videos, and whose they are."""
