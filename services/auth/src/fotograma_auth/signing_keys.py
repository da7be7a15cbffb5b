"""Signing keys and the access tokens made with them.

Rotating: `fotograma-auth new-signing-key` adds a key whose name sorts last, a restart publishes
and signs with it, and the old one is deleted after an access token's life. All replicas mount
the same folder; whoever verifies fetches the key set again when it meets a key it does not know.
"""

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.settings import TokenClaimSettings
from fotograma_kit.tokens import ALGORITHM, TOKEN_TYPE, Role, Scope
from jwt.algorithms import OKPAlgorithm

_DEVICE_TYPE = "device+jwt"


class InvalidSigningKeys(Exception):
    """The folder of signing keys cannot be used."""


class KeyRing:
    """Every key of the folder is published; the last by name signs."""

    def __init__(self, keys: Mapping[str, Ed25519PrivateKey]) -> None:
        self._private = dict(sorted(keys.items()))
        self._public = {kid: key.public_key() for kid, key in self._private.items()}

    @classmethod
    def load(cls, folder: Path) -> "KeyRing":
        """Read `*.pem`. Raises `InvalidSigningKeys` when there is none or one is no Ed25519 key."""
        keys = {path.stem: _read_key(path) for path in folder.glob("*.pem")}
        if not keys:
            raise InvalidSigningKeys(f"there is no *.pem in {folder}")
        return cls(keys)

    async def key(self, kid: str) -> Any:
        """The public key of `kid`. Raises `Unauthenticated` for one that is not published."""
        if kid not in self._public:
            raise Unauthenticated("The token was signed with an unknown key.")
        return self._public[kid]

    def key_set(self) -> list[dict[str, str]]:
        """The public keys, as members of a JWK set."""
        return [
            {**OKPAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": ALGORITHM}
            for kid, key in self._public.items()
        ]

    def sign(self, claims: Mapping[str, Any], token_type: str = TOKEN_TYPE) -> str:
        """A token of these claims, signed with the newest key."""
        kid = next(reversed(self._private))
        return jwt.encode(
            dict(claims),
            self._private[kid],
            algorithm=ALGORITHM,
            headers={"kid": kid, "typ": token_type},
        )

    def verified(self, token: str, token_type: str, required: Collection[str]) -> dict[str, Any]:
        """The claims of a token that `sign` made. Raises `jwt.PyJWTError`."""
        header = jwt.get_unverified_header(token)
        public = self._public.get(str(header.get("kid")))
        if public is None or header.get("typ") != token_type:
            raise jwt.InvalidTokenError("signed with another key, or of another type")
        claims: dict[str, Any] = jwt.decode(
            token, public, algorithms=[ALGORITHM], options={"require": list(required)}
        )
        return claims


class AccessTokens:
    """Makes access tokens as RFC 9068 has them."""

    def __init__(self, keys: KeyRing, settings: TokenClaimSettings, life: timedelta) -> None:
        self._keys = keys
        self._settings = settings
        self.life = life

    def issue(
        self,
        subject: str,
        role: Role,
        now: datetime,
        *,
        session_id: UUID | None = None,
        scopes: Collection[Scope] | None = None,
    ) -> str:
        """A token for a user's id, or a service's name; limited to `scopes` where there are any."""
        claims: dict[str, Any] = {
            "iss": self._settings.jwt_issuer,
            "aud": self._settings.jwt_audience,
            "sub": subject,
            "jti": uuid4().hex,
            "iat": int(now.timestamp()),
            "exp": int((now + self.life).timestamp()),
            "role": role,
        }
        if session_id is not None:
            claims["sid"] = str(session_id)
        if scopes is not None:
            claims["scope"] = " ".join(sorted(scopes))
        return self._keys.sign(claims)


class DeviceTokens:
    """Marks of browsers in which a user has logged in. They open nothing.

    Whoever tries a password without one waits for what other strangers have tried (OWASP, "Slow
    Down Online Guessing Attacks with Device Cookies").
    """

    def __init__(self, keys: KeyRing, life: timedelta) -> None:
        self._keys = keys
        self.life = life

    def issue(self, user_id: UUID, before: str, now: datetime) -> str:
        """A mark for the user, of the same browser as the one `before` if that was the user's."""
        claims = {
            "sub": str(user_id),
            "jti": self.device_id(before, user_id) or uuid4().hex,
            "exp": int((now + self.life).timestamp()),
        }
        return self._keys.sign(claims, _DEVICE_TYPE)

    def device_id(self, token: str, user_id: UUID) -> str | None:
        """Which browser it is; None unless the user has logged in there."""
        try:
            claims = self._keys.verified(token, _DEVICE_TYPE, ("sub", "jti", "exp"))
        except jwt.PyJWTError:
            return None
        return str(claims["jti"]) if claims["sub"] == str(user_id) else None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a successful login, refresh or exchange hands out.

    Services and API keys get no refresh token, and only an API key's token has scopes.
    """

    access_token: str
    expires_in: timedelta
    refresh_token: str | None = None
    scopes: tuple[Scope, ...] | None = None
    device_token: str | None = None
    """A mark of the browser; of a login only."""


def create_key(folder: Path, now: datetime) -> Path:
    """Write a new key that sorts after those made before it, readable by its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with open(path, "xb", opener=_private_opener) as file:
        file.write(pem)
    return path


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidSigningKeys(f"{path} cannot be read as a private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidSigningKeys(f"{path} is not an Ed25519 key")
    return key
