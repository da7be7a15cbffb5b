"""Users that can be mailed, and their preferences."""

from uuid import UUID

import structlog

from fotograma_notify.domain import Preferences, Recipient, Tombstone
from fotograma_notify.ports import Store

log = structlog.get_logger(__name__)


class Recipients:
    """Users that can be mailed, and their preferences."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def remember(self, recipient: Recipient) -> None:
        """Store a user, unless a newer revision is stored."""
        if not await self._store.put_recipient(recipient):
            log.info("older revision ignored", user_id=str(recipient.user_id))

    async def forget(self, tombstone: Tombstone) -> None:
        """Erase a user: recipient, preferences, deliveries. Safe to repeat after a failure."""
        if await self._store.bury(tombstone):
            await self._store.erase(tombstone.user_id)

    async def preferences(self, user_id: UUID) -> Preferences:
        """The user's preferences; the defaults until they are set."""
        return await self._store.preferences(user_id)

    async def change_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        """Store the user's preferences. Raises `RecipientGone`."""
        await self._store.put_preferences(user_id, preferences)
