"""A user's own account."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fotograma_kit.body_limit import SmallBodyRoute
from fotograma_kit.problems import (
    Forbidden,
    InvalidRequest,
    Unauthenticated,
    Unavailable,
    problem_responses,
)

from fotograma_auth.accounts import NewEmail
from fotograma_auth.dependencies import (
    AccountsPart,
    AnyBearerDep,
    BearerDep,
    ClientDep,
    RecoveryPart,
    SettingsPart,
)
from fotograma_auth.domain import LinkPurpose, preferred_locale
from fotograma_auth.errors import (
    EmailTaken,
    InvalidEmail,
    InvalidLink,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    RegistrationClosed,
    TooManyAttempts,
    WrongPassword,
)
from fotograma_auth.schemas import (
    AccountRules,
    AuditEntryResponse,
    AuditPage,
    ChangeAccountRequest,
    ChangePasswordRequest,
    DeleteAccountRequest,
    EmailRequest,
    RegisterRequest,
    ResetPasswordRequest,
    UserResponse,
    VerifyRequest,
)

router = APIRouter(prefix="/auth", tags=["account"], route_class=SmallBodyRoute)
RULES_SECONDS = 60
"""How long a browser may keep the rules of accounts."""
_PASSWORD = (PasswordTooShort, PasswordTooLong, PasswordTooCommon)
_LOGIN = (Unauthenticated, Forbidden, Unavailable)
_OPEN = (TooManyAttempts, InvalidRequest, Unavailable)
_CONFIRMED = (*_LOGIN, WrongPassword, TooManyAttempts, InvalidRequest)


@router.get("/settings")
async def account_rules(settings: SettingsPart, response: Response) -> AccountRules:
    """What is needed for an account here. Anybody may ask."""
    response.headers["Cache-Control"] = f"public, max-age={RULES_SECONDS}"
    return AccountRules(
        registration_open=settings.auth_registration_open,
        verified_email_required=settings.auth_require_verified_email,
    )


@router.post(
    "/register",
    status_code=201,
    responses=problem_responses(RegistrationClosed, EmailTaken, InvalidEmail, *_PASSWORD, *_OPEN),
)
async def register(
    body: RegisterRequest,
    accounts: AccountsPart,
    client: ClientDep,
    accept_language: Annotated[str | None, Header()] = None,
) -> UserResponse:
    """Open an account. A link is mailed to its address, which proves it.

    Before one was opened, nothing but links is mailed there, and few of them.
    """
    user = await accounts.register(
        body.email,
        body.password.get_secret_value(),
        body.locale or preferred_locale(accept_language),
        client,
    )
    return UserResponse.model_validate(user)


@router.post(
    "/verify", status_code=204, responses=problem_responses(InvalidLink, EmailTaken, *_OPEN)
)
async def verify(body: VerifyRequest, recovery: RecoveryPart, client: ClientDep) -> None:
    """Prove an address with what the mailed link carries; a new one becomes the account's."""
    await recovery.verify(body.token.get_secret_value(), client)


@router.post("/verify/resend", status_code=202, responses=problem_responses(InvalidEmail, *_OPEN))
async def resend_verification(
    body: EmailRequest, recovery: RecoveryPart, client: ClientDep
) -> None:
    """Mail the link again. The answer does not say whether the address has an account."""
    await recovery.ask(LinkPurpose.VERIFY, body.email, client)


@router.post("/password/forgot", status_code=202, responses=problem_responses(InvalidEmail, *_OPEN))
async def forgot_password(body: EmailRequest, recovery: RecoveryPart, client: ClientDep) -> None:
    """Mail a link to choose another password. The answer does not say whether there is an
    account.
    """
    await recovery.ask(LinkPurpose.RESET, body.email, client)


@router.post(
    "/password/reset",
    status_code=204,
    responses=problem_responses(InvalidLink, *_PASSWORD, *_OPEN),
)
async def reset_password(
    body: ResetPasswordRequest, recovery: RecoveryPart, client: ClientDep
) -> None:
    """Choose another password with what the mailed link carries.

    Every session, every other link and every API key ends.
    """
    password = body.password.get_secret_value()
    await recovery.reset(body.token.get_secret_value(), password, client)


@router.post(
    "/password/change", status_code=204, responses=problem_responses(*_CONFIRMED, *_PASSWORD)
)
async def change_password(
    body: ChangePasswordRequest,
    bearer: BearerDep,
    accounts: AccountsPart,
    client: ClientDep,
) -> None:
    """Choose another password. Every session ends but this one, and so does every mailed link.

    API keys end where `revoke_api_keys` says so; a mail tells which have ended and which are left.
    """
    await accounts.change_password(
        bearer,
        current=body.current_password.get_secret_value(),
        new=body.password.get_secret_value(),
        revoke_api_keys=body.revoke_api_keys,
        client=client,
    )


@router.get("/me", responses=problem_responses(*_LOGIN))
async def me(bearer: AnyBearerDep, accounts: AccountsPart) -> UserResponse:
    """Who I am. An API key may ask, too."""
    return UserResponse.model_validate(await accounts.user(bearer))


@router.patch("/me", responses=problem_responses(*_CONFIRMED, EmailTaken, InvalidEmail))
async def change_me(
    body: ChangeAccountRequest, bearer: BearerDep, accounts: AccountsPart, client: ClientDep
) -> UserResponse:
    """Another language of mail, or another address.

    A new address needs the password, and stays the old one until the link that is mailed to the
    new one is opened, which ends all other sessions. The old one, if it
    was proved, is told at once, with a link for who did not ask for it.
    """
    new_email = None
    if body.email is not None and body.current_password is not None:
        new_email = NewEmail(body.email, body.current_password.get_secret_value())
    user = await accounts.change(bearer, locale=body.locale, new_email=new_email, client=client)
    return UserResponse.model_validate(user)


@router.delete("/me", status_code=204, responses=problem_responses(*_CONFIRMED))
async def delete_me(
    body: DeleteAccountRequest, bearer: BearerDep, accounts: AccountsPart, client: ClientDep
) -> None:
    """Close the account and erase what belongs to it, here and in the other services.

    Other services believe the last access token for what is left of its fifteen minutes, and it
    finds nothing any more.
    """
    await accounts.delete(bearer, body.password.get_secret_value(), client)


@router.get("/audit", responses=problem_responses(*_LOGIN, InvalidRequest))
async def audit(
    bearer: BearerDep,
    accounts: AccountsPart,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> AuditPage:
    """What happened to the account's security: logins, passwords, keys."""
    entries = await accounts.audit(bearer, before=before, limit=limit + 1)
    return AuditPage(
        items=[AuditEntryResponse.model_validate(entry) for entry in entries[:limit]],
        next=entries[limit - 1].id if len(entries) > limit else None,
    )
