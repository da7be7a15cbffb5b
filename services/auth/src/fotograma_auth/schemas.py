"""Request and response bodies."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fotograma_contracts.users import Locale
from fotograma_kit.tokens import Role
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

EmailField = Annotated[
    str,
    StringConstraints(max_length=320),
    Field(description="An e-mail address; its case does not matter.", examples=["ana@example.com"]),
]


def _well_formed(secret: SecretStr) -> SecretStr:
    """JSON may hold half a surrogate pair, which no encoding can express."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("not valid Unicode text") from None
    return secret


Secret = Annotated[SecretStr, AfterValidator(_well_formed)]
PasswordField = Annotated[Secret, Field(max_length=1024)]
RefreshTokenField = Annotated[Secret, Field(max_length=256)]


class RegisterRequest(BaseModel):
    """A new account."""

    email: EmailField
    password: Annotated[PasswordField, Field(description="12 to 256 characters.")]
    locale: Annotated[
        Locale | None,
        Field(description="The language of mail; by default the request's Accept-Language."),
    ] = None


class LoginRequest(BaseModel):
    """An address and its password."""

    email: EmailField
    password: PasswordField


class RefreshRequest(BaseModel):
    """The refresh token received last."""

    refresh_token: RefreshTokenField


class TokenForm(BaseModel):
    """OAuth 2.0 token request (RFC 6749); which fields are needed depends on the grant type."""

    grant_type: Annotated[
        str,
        Field(
            max_length=64,
            description="`password`, `refresh_token` or `client_credentials`.",
            examples=["password"],
        ),
    ] = ""
    username: Annotated[EmailField | None, Field(description="For `password`.")] = None
    password: Annotated[PasswordField | None, Field(description="For `password`.")] = None
    refresh_token: Annotated[
        RefreshTokenField | None, Field(description="For `refresh_token`.")
    ] = None
    client_id: Annotated[
        str | None,
        Field(max_length=128, description="For `client_credentials`, unless in HTTP Basic."),
    ] = None
    client_secret: Annotated[
        Secret | None,
        Field(max_length=256, description="For `client_credentials`, unless in HTTP Basic."),
    ] = None


class TokenResponse(BaseModel):
    """`expires_in` is in seconds. Each refresh token is used once; its successor comes with it."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's name of the type
    expires_in: int
    refresh_token: Annotated[str | None, Field(description="Absent from a service's answer.")] = (
        None
    )


class UserResponse(BaseModel):
    """An account."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    locale: Locale
    created_at: datetime


class JsonWebKey(BaseModel):
    """An Ed25519 public key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class JsonWebKeySet(BaseModel):
    """The keys that access tokens may be signed with."""

    keys: list[JsonWebKey]
