"""The format of frame archives: what the worker writes and the video service reads."""
