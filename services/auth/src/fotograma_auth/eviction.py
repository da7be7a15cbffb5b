"""Ends everything that opens an account: sessions, mailed links, API keys.

Called by whatever takes an account back from an intruder: another password, another address, a
suspension, another role.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth.domain import Client, SecurityEvent
from fotograma_auth.models import ApiKey, User
from fotograma_auth.repository import (
    ApiKeyRepository,
    AuditTrail,
    LinkRepository,
    SessionRepository,
)


async def evict(
    session: AsyncSession,
    user: User,
    now: datetime,
    client: Client,
    *,
    but_session: UUID | None = None,
    spare_api_keys: bool = False,
) -> Sequence[ApiKey]:
    """End all sessions but one, all mailed links whatever they are for, and all API keys.

    The user is locked. The password stays; callers set another one where it may be known. Returns
    the deleted keys; each is on the audit trail.
    """
    await SessionRepository(session).revoke_all(user.id, now, but=but_session)
    await LinkRepository(session).delete_all(user.id)
    if spare_api_keys:
        return ()
    keys = await ApiKeyRepository(session).delete_all(user.id)
    for key in keys:
        event, detail = SecurityEvent.API_KEY_REVOKED, key.description
        AuditTrail(session).record(user.id, event, now, client, detail=detail)
    return keys
