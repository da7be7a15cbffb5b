"""What cannot be tidied holds up nothing else."""

from datetime import timedelta

import pytest
from fixtures.video import Service
from fotograma_video.errors import StorageUnavailable
from fotograma_video.models import Sweep
from fotograma_video.sweeps import SweepRepository
from sqlalchemy import select


async def test_prefix_that_cannot_be_swept_holds_up_no_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = service.storage.sweep

    async def refusing(prefix: str) -> int:
        if prefix == "locked/":
            raise StorageUnavailable
        return await sweep(prefix)

    monkeypatch.setattr(service.storage, "sweep", refusing)
    now = service.clock()
    async with service.database.transaction() as session:
        SweepRepository(session).add("locked/", now - timedelta(hours=1))
        for number in range(5):
            SweepRepository(session).add(f"{number}/", now)
    await service.janitor.tidy()
    async with service.database.transaction() as session:
        (left,) = (await session.scalars(select(Sweep))).all()
    assert left.prefix == "locked/"
    assert left.due_at > now  # and then it is tried again
