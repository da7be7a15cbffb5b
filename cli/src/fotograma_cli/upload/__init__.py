"""Sending a video: in parts to the object storage, or as one form through the API."""
