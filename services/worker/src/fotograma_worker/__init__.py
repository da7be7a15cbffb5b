"""The worker: decodes videos into frames and assembles archives."""
