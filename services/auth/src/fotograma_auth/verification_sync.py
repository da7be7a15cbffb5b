"""Publishes whether addresses are verified, which the release before did not publish."""

from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox

from fotograma_auth.accounts import updated
from fotograma_auth.models import OutboxMessage
from fotograma_auth.repository import UserRepository


class VerificationSync:
    """Publishes users again, with a newer revision, whose verification was not published.

    Those are the users from before `verified` was part of the event, and those that a replica of
    that release registers or verifies while both run. Use cases of this release publish it in the
    transaction that changes it, which leaves nothing to do here. Several may work at once.
    """

    def __init__(self, database: Database, at_most: int) -> None:
        self._database = database
        self._at_most = at_most
        self._outbox = Outbox(OutboxMessage)

    async def work(self) -> None:
        """One round, about `at_most` users."""
        async with self._database.transaction() as session:
            for user in await UserRepository(session).with_unpublished_verification(self._at_most):
                user.revision += 1
                await self._outbox.add(session, updated(user))
