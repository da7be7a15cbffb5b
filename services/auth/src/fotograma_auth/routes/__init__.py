"""HTTP: parse, call one use case, answer."""

from fotograma_auth.routes import accounts, admin, sessions, tokens

routers = [accounts.router, tokens.router, sessions.router, admin.router]
