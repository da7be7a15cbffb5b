"""What auth counts."""

from prometheus_client import Counter

REGISTRATIONS = Counter("fotograma_auth_registrations", "Accounts opened")
LOGINS = Counter("fotograma_auth_logins", "Logins with a password", ["outcome"])
REFRESHES = Counter("fotograma_auth_refreshes", "Refresh tokens presented", ["outcome"])
SERVICE_TOKENS = Counter(
    "fotograma_auth_service_tokens", "Tokens asked for by services", ["outcome"]
)
