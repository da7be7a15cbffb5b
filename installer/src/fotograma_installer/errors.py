"""What stops the installer, in sentences for its operator."""


class InstallerError(Exception):
    """Something is not as it must be; the message says what, and what mends it."""
