"""Services that ask for a token in their own name."""

import hashlib
import hmac
from collections.abc import Mapping

from fotograma_kit.tokens import Role

from fotograma_auth import metrics
from fotograma_auth.clock import Clock
from fotograma_auth.errors import InvalidClient
from fotograma_auth.signing_keys import AccessTokens, Tokens

_NO_CLIENT = "0" * 64
"""Compared with where the client is unknown; nothing hashes to it."""


class ServiceClients:
    """The services of `AUTH_SERVICE_CLIENTS`."""

    def __init__(
        self, secret_hashes: Mapping[str, str], access_tokens: AccessTokens, now: Clock
    ) -> None:
        self._secret_hashes = secret_hashes
        self._access_tokens = access_tokens
        self._now = now

    def token(self, client_id: str, secret: str) -> Tokens:
        """An access token for the service. Raises `InvalidClient`."""
        presented = hashlib.sha256(secret.encode()).hexdigest()
        if not hmac.compare_digest(presented, self._secret_hashes.get(client_id, _NO_CLIENT)):
            metrics.SERVICE_TOKENS.labels("refused").inc()
            raise InvalidClient
        metrics.SERVICE_TOKENS.labels("issued").inc()
        return Tokens(
            access_token=self._access_tokens.issue(client_id, Role.SERVICE, self._now()),
            expires_in=self._access_tokens.life,
        )
