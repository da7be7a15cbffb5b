"""Request and response bodies."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fotograma_contracts.users import Locale
from fotograma_kit.tokens import Role, Scope
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from fotograma_auth.domain import (
    PASSWORD_MAX_CHARACTERS,
    PASSWORD_MIN_CHARACTERS,
    SecurityEvent,
)

API_KEY_GRANT = "urn:fotograma:grant-type:api-key"
"""An extension grant as RFC 6749 (4.5) has them."""

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


def _printable(text: str) -> str:
    """No half surrogate pairs, and nothing that would show as something else."""
    if not text.isprintable():
        raise ValueError("only printable characters are allowed")
    return text


Secret = Annotated[SecretStr, AfterValidator(_well_formed)]
PasswordField = Annotated[Secret, Field(max_length=1024)]
RefreshTokenField = Annotated[Secret, Field(max_length=256)]
NewPasswordField = Annotated[
    PasswordField,
    Field(
        description=f"{PASSWORD_MIN_CHARACTERS} to {PASSWORD_MAX_CHARACTERS} characters, and not "
        "one that many people use."
    ),
]


class AccountRules(BaseModel):
    """What forms can say beforehand."""

    registration_open: Annotated[bool, Field(description="Whether anybody may open an account.")]
    verified_email_required: Annotated[
        bool, Field(description="Whether the mailed link must be opened before the first login.")
    ]
    password_min_characters: int = PASSWORD_MIN_CHARACTERS
    password_max_characters: int = PASSWORD_MAX_CHARACTERS


class RegisterRequest(BaseModel):
    """A new account."""

    email: EmailField
    password: NewPasswordField
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


class EmailRequest(BaseModel):
    """The address to send a link to, if it has an account."""

    email: EmailField


class VerifyRequest(BaseModel):
    """What the mailed link carries."""

    token: Annotated[Secret, Field(max_length=256)]


class ResetPasswordRequest(BaseModel):
    """What the mailed link carries, and the password to have from now on."""

    token: Annotated[Secret, Field(max_length=256)]
    password: NewPasswordField


class ChangePasswordRequest(BaseModel):
    """The password so far, and the one to have from now on."""

    current_password: PasswordField
    password: NewPasswordField
    revoke_api_keys: Annotated[
        bool,
        Field(description="Whether all API keys end, too, which others may have made."),
    ] = False


class ChangeAccountRequest(BaseModel):
    """What shall be different; a new address needs the password."""

    model_config = ConfigDict(extra="forbid")

    locale: Locale | None = None
    email: EmailField | None = None
    current_password: PasswordField | None = None

    @model_validator(mode="after")
    def _email_with_password(self) -> Self:
        if self.email is not None and self.current_password is None:
            raise ValueError("a new email needs the current_password")
        return self


class DeleteAccountRequest(BaseModel):
    """The password, so that a token somebody has found is not enough."""

    password: PasswordField


class TokenForm(BaseModel):
    """OAuth 2.0 token request (RFC 6749); which fields are needed depends on the grant type."""

    grant_type: Annotated[
        str,
        Field(
            max_length=64,
            description=f"`password`, `refresh_token`, `client_credentials` or `{API_KEY_GRANT}`.",
            examples=["password"],
        ),
    ] = ""
    username: Annotated[EmailField | None, Field(description="For `password`.")] = None
    password: Annotated[PasswordField | None, Field(description="For `password`.")] = None
    refresh_token: Annotated[
        RefreshTokenField | None, Field(description="For `refresh_token`.")
    ] = None
    api_key: Annotated[
        Secret | None, Field(max_length=256, description=f"For `{API_KEY_GRANT}`.")
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
    refresh_token: Annotated[
        str | None,
        Field(description="Absent where a cookie holds it, and for services and API keys."),
    ] = None
    scope: Annotated[
        str | None, Field(description="What the token of an API key is limited to.")
    ] = None


class UserResponse(BaseModel):
    """An account."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    locale: Locale
    created_at: datetime
    verified_at: Annotated[
        datetime | None, Field(description="When the address was last proved to be its user's.")
    ]


class UserForAdmin(UserResponse):
    """An account as administrators see it."""

    suspended_at: datetime | None


class UserPage(BaseModel):
    """Users by id. Ask again with `next` as `after` for more."""

    items: list[UserForAdmin]
    next: UUID | None


class SessionResponse(BaseModel):
    """A login that goes on, and where it was last used."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    current: Annotated[bool, Field(description="Whether this request belongs to it.")] = False


class SessionList(BaseModel):
    """Sessions, the one used last first."""

    items: list[SessionResponse]


class NewApiKeyRequest(BaseModel):
    """A key for a program."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
        AfterValidator(_printable),
        Field(description="What it is for.", examples=["nightly import"]),
    ]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_in_days: Annotated[
        int | None,
        Field(ge=1, le=3650, description="Every key expires: by default after 365 days."),
    ] = None
    current_password: Annotated[
        PasswordField | None, Field(description="Needed ten minutes after the login.")
    ] = None


class ApiKeyResponse(BaseModel):
    """A key, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    prefix: Annotated[str, Field(description="Its first characters.")]
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKeyResponse(ApiKeyResponse):
    """A key, with its secret, which is not shown again."""

    key: str


class ApiKeyList(BaseModel):
    """Keys, the newest first."""

    items: list[ApiKeyResponse]


class AuditEntryResponse(BaseModel):
    """Something that happened to the account's security."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    event: SecurityEvent
    at: datetime
    address: str | None
    user_agent: str | None
    detail: str | None


class AuditPage(BaseModel):
    """Entries, the newest first. Ask again with `next` as `before` for older ones."""

    items: list[AuditEntryResponse]
    next: int | None


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
