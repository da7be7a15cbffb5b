"""What a decoding child is confined by: system-call filter, Landlock, resource limits."""
