"""The programs that the `ffmpeg` engine runs."""

PROGRAMS = ("ffmpeg", "ffprobe")
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
"""The folders they are searched in: decoding children have no environment that could name them."""
