"""Who can be mailed, and which mails they want."""

from uuid import UUID

import structlog

from fotograma_notify.domain import Preferences, Recipient, Tombstone
from fotograma_notify.ports import Store

log = structlog.get_logger(__name__)


class Recipients:
    """Who can be mailed, and what they want."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def remember(self, recipient: Recipient) -> None:
        """Keep the newest revision of a user."""
        if not await self._store.put_recipient(recipient):
            log.info("older revision ignored", user_id=str(recipient.user_id))

    async def forget(self, tombstone: Tombstone) -> None:
        """Erase a user: recipient, preferences, deliveries. A repetition finishes what one left."""
        if await self._store.bury(tombstone):
            await self._store.erase(tombstone.user_id)

    async def preferences(self, user_id: UUID) -> Preferences:
        """What the user wants; the defaults until it was said."""
        return await self._store.preferences(user_id)

    async def change_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        """Raises `RecipientGone`."""
        await self._store.put_preferences(user_id, preferences)
