"""The worker's side of decoding: it starts child processes, and checks all that they answer."""
