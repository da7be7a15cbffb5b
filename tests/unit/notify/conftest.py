"""The notify service's use cases over fakes."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fixtures.notify_fakes import FakeClock, FakeMailer, FakeMailQueue, FakeStore, Faults
from fotograma_contracts.users import Locale
from fotograma_notify.domain import Delivery, Recipient, VideoProcessedContent
from fotograma_notify.letters import LetterWriter
from fotograma_notify.service import (
    Announcements,
    Deliveries,
    Dispatcher,
    FeedbackDesk,
    JobOutcome,
    Recipients,
)

LEASE = timedelta(seconds=60)
RETRY_SECONDS = 30.0


@dataclass
class World:
    """One user, Ana, and everything around her mail."""

    faults: Faults = field(default_factory=Faults)
    clock: FakeClock = field(default_factory=FakeClock)
    ana: Recipient = field(
        default_factory=lambda: Recipient(uuid4(), 1, "ana@example.com", Locale.ENGLISH)
    )
    content: VideoProcessedContent = field(
        default_factory=lambda: VideoProcessedContent(uuid4(), "holiday.mp4", 1234, 12_345_678)
    )
    extraction_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.store = FakeStore(self.faults)
        self.store.recipients[self.ana.user_id] = self.ana
        self.queue = FakeMailQueue(self.faults)
        self.mailer = FakeMailer(self.faults)
        self.recipients = Recipients(self.store)
        self.announcements = Announcements(self.store, self.queue, self.clock)
        self.deliveries = Deliveries(self.store)
        self.feedback = FeedbackDesk(self.store, self.clock)

    def dispatcher(self) -> Dispatcher:
        """Another one each time, as in another process."""
        return Dispatcher(
            self.store,
            self.mailer,
            LetterWriter("https://fotograma.example"),
            lease=LEASE,
            retry_seconds=RETRY_SECONDS,
            clock=self.clock,
        )

    async def announce(self) -> None:
        await self.announcements.announce(self.ana.user_id, self.extraction_id, self.content)

    async def dispatch(self, receives: int = 1) -> JobOutcome:
        """Deliver the job that was queued last."""
        return await self.dispatcher().deliver(self.queue.jobs[-1], receives)

    @property
    def delivery(self) -> Delivery:
        """The only delivery."""
        (delivery,) = self.store.stored.values()
        return delivery


@pytest.fixture
def world() -> World:
    return World()
