"""The principal of a request, by scope or role, and its Idempotency-Key."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header
from fotograma_kit.problems import Forbidden
from fotograma_kit.tokens import CurrentPrincipal, Principal, Role, Scope, user_id_with
from fotograma_kit.web import part

from fotograma_video.http.signing import UrlSigner

MAX_KEY_LENGTH = 255


async def _reader(principal: CurrentPrincipal) -> Principal:
    principal.require(Scope.READ)
    return principal


async def _uploader(principal: CurrentPrincipal) -> Principal:
    principal.require(Scope.UPLOAD)
    return principal


async def _admin_id(principal: CurrentPrincipal) -> UUID:
    principal.require_all()
    if principal.role is not Role.ADMIN:
        raise Forbidden("This address is for administrators.")
    return principal.user_id


Reader = Annotated[Principal, Depends(_reader)]
"""The request's bearer; an API key needs the scope `videos:read`."""
Uploader = Annotated[Principal, Depends(_uploader)]
"""The request's bearer; an API key needs the scope `videos:upload`."""
ReaderId = Annotated[UUID, Depends(user_id_with(Scope.READ))]
"""The user's id; an API key needs the scope `videos:read`."""
UploaderId = Annotated[UUID, Depends(user_id_with(Scope.UPLOAD))]
"""The user's id; an API key needs the scope `videos:upload`."""
DeleterId = Annotated[UUID, Depends(user_id_with(Scope.DELETE))]
"""The user's id; an API key needs the scope `videos:delete`."""
AdminId = Annotated[UUID, Depends(_admin_id)]
"""The id of the administrator who sends the request."""
SignerPart = Annotated[UrlSigner, Depends(part(UrlSigner))]
"""Signs addresses that open without a token."""
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY_LENGTH,
        description="A request repeated with the same key within a day is carried out once.",
    ),
]
