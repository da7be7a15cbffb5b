"""Tells other services what the release before did not tell: whether addresses are proved."""

from fotograma_kit.database import Database
from fotograma_kit.outbox import Outbox

from fotograma_auth import repository
from fotograma_auth.accounts import updated
from fotograma_auth.models import OutboxMessage


class Herald:
    """Publishes users once more, with a newer revision, of whom too little was told.

    Those are the users of the time before `verified` was told, and those whom a replica of that
    release registers, or whose link it takes, while both run. Whoever changes a user here tells it
    in the same transaction: then there is nothing left to do. Several may work at once.
    """

    def __init__(self, database: Database, at_most: int) -> None:
        self._database = database
        self._at_most = at_most
        self._outbox = Outbox(OutboxMessage)

    async def work(self) -> None:
        """One round, about `at_most` users."""
        async with self._database.transaction() as session:
            for user in await repository.untold_users(session, self._at_most):
                user.revision += 1
                await self._outbox.add(session, updated(user))
