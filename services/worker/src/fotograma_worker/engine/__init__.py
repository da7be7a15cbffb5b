"""What runs beside hostile bytes: the decoding child processes and the server that forks them.

Nothing here knows a credential, a broker or a store; nothing outside imports it.
"""
