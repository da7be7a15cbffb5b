"""The sandbox of a decoding child: system-call filter, Landlock, resource limits."""
