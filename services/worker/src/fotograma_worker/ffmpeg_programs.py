"""The commands that the `ffmpeg` decoder runs."""

COMMANDS = ("ffmpeg", "ffprobe")
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where they are looked for: decoding children have no environment to say so."""
