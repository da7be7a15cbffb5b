"""Whoever got in goes out: the one way in which what opens an account ends.

Everything that makes an account its user's again calls it: another password, another address, a
suspension, another role.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from fotograma_auth import repository
from fotograma_auth.domain import Client, SecurityEvent
from fotograma_auth.models import ApiKey, User


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

    The user is locked. The password stays: who may know it has to be asked for another. Answers
    the keys that are gone; each is on the audit trail.
    """
    await repository.revoke_families(session, user.id, now, but=but_session)
    await repository.delete_all_links(session, user.id)
    if spare_api_keys:
        return ()
    keys = await repository.delete_api_keys(session, user.id)
    for key in keys:
        event, detail = SecurityEvent.API_KEY_REVOKED, key.description
        repository.record(session, user.id, event, now, client, detail=detail)
    return keys
