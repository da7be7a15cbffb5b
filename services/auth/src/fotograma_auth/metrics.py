"""Metrics of auth."""

from prometheus_client import Counter

REGISTRATIONS = Counter("fotograma_auth_registrations", "Accounts opened")
DELETIONS = Counter("fotograma_auth_deletions", "Accounts closed by their users")
LOGINS = Counter("fotograma_auth_logins", "Logins with a password", ["outcome"])
REFRESHES = Counter("fotograma_auth_refreshes", "Refresh tokens presented", ["outcome"])
SERVICE_TOKENS = Counter(
    "fotograma_auth_service_tokens", "Tokens asked for by services", ["outcome"]
)
BLOCKED = Counter("fotograma_auth_blocked", "Attempts refused for there being too many", ["limit"])
API_KEY_TOKENS = Counter(
    "fotograma_auth_api_key_tokens", "Tokens asked for by API keys", ["outcome"]
)
LINKS = Counter("fotograma_auth_links", "Links mailed", ["purpose"])
