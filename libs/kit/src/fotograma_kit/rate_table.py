"""What all processes of a service have spent of their rates, in PostgreSQL."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import DateTime, Double, Interval, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, mapped_column

from fotograma_kit.database import Database


class RateBucketMixin:
    """The columns of a service's `rate_buckets` table.

    It is unlogged: after a crash of PostgreSQL it is empty, and all buckets are full.
    """

    __tablename__ = "rate_buckets"
    __table_args__: ClassVar[Any] = {"prefixes": ["UNLOGGED"]}

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    full_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it is full again, and the row could as well not be there."""


_SECOND = timedelta(seconds=1)

B = TypeVar("B", bound=RateBucketMixin)


class RateTable(Generic[B]):
    """Implements `rate_limits.SharedBuckets` by one statement over a service's own table."""

    def __init__(self, database: Database, table: type[B]) -> None:
        self._database = database
        self._table = table

    async def spend(self, seconds: Mapping[str, float]) -> Mapping[str, float]:
        """See `rate_limits.SharedBuckets`. Raises `DatabaseUnavailable`."""
        table, now = self._table, func.now()
        # In order: two processes that write the same rows wait for each other, not both.
        keys = sorted(seconds)
        spent = (
            func.unnest(
                literal(keys, ARRAY(Text)), literal([seconds[key] for key in keys], ARRAY(Double))
            )
            .table_valued("key", "seconds", name="spent")
            .render_derived()
        )
        full_at = now + spent.c.seconds * literal(_SECOND, Interval)
        statement = insert(table).from_select(
            ["key", "full_at"], select(spent.c.key, full_at).select_from(spent)
        )
        more = statement.excluded.full_at - now
        update = statement.on_conflict_do_update(
            index_elements=["key"], set_={"full_at": func.greatest(table.full_at, now) + more}
        )
        until_full = func.extract("epoch", table.full_at - now)
        async with self._database.transaction() as session:
            rows = await session.execute(update.returning(table.key, until_full))
            return {key: float(left) for key, left in rows}
