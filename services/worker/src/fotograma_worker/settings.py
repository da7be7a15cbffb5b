"""The worker's settings, from the environment."""

from typing import Literal, Self

from fotograma_kit.settings import BrokerSettings, ObjectStoreSettings, TelemetrySettings
from pydantic import Field, model_validator

MIB = 1 << 20

SandboxMode = Literal["required", "preferred"]


class WorkerSettings(BrokerSettings, ObjectStoreSettings, TelemetrySettings):
    """Every limit of the worker. What one extraction may cost comes with its commands."""

    worker_plan_slots: int = Field(default=1, ge=0)
    """Plans made at once; 0 leaves the queue to other workers."""
    worker_segment_slots: int = Field(default=1, ge=0)
    """Segments of long videos decoded at once."""
    worker_short_segment_slots: int = Field(default=1, ge=0)
    """Segments of a few seconds' work decoded at once, beside the long ones."""
    worker_assemble_slots: int = Field(default=1, ge=0)
    """Archives assembled at once."""

    worker_plan_seconds: float = Field(default=900.0, gt=0)
    """Wall-clock limit of a plan, which may read the whole source once. RabbitMQ gives a message
    30 minutes."""
    worker_decoder_memory_bytes: int = Field(default=1536 * MIB, ge=256 * MIB)
    """Memory of a decoding child; 1080p needs about half of it, 4K all of it."""
    worker_memory_bytes: int | None = Field(default=None, ge=256 * MIB)
    """What the worker and its children may use together; no more children decode at once than fit
    into it. By default what its container may use, or else what the machine has."""
    sandbox: SandboxMode = "preferred"
    """`required`: a worker whose kernel cannot confine its decoders wholly (seccomp and Landlock)
    refuses to start; production sets it. `preferred`: it reports in its log, in the metric
    `fotograma_sandbox` and in `/health/ready` what is missing, and decodes."""
    decoder: Literal["pyav", "ffmpeg"] = "pyav"
    """`ffmpeg` drives the command of that name on a scratch copy, for codecs that PyAV lacks or
    hardware that it cannot use. It has no sandbox, so it needs `SANDBOX=preferred`."""
    worker_part_bytes: int = Field(default=24 * MIB, ge=5 * MIB, le=5 * 1024 * MIB)
    """Most bytes of the parts a piece is uploaded in: they begin with 8 MiB, and grow with what is
    written, as each costs a request. Two of them are held in memory for each segment."""
    worker_progress_seconds: float = Field(default=0.5, gt=0)
    """Least time between two progress events of a segment."""

    @property
    def decoding_slots(self) -> int:
        """Jobs that may want a decoding child at the same time."""
        return self.worker_plan_slots + self.worker_segment_slots + self.worker_short_segment_slots

    @model_validator(mode="after")
    def _decoder_can_be_confined(self) -> Self:
        if self.decoder == "ffmpeg" and self.sandbox == "required":
            raise ValueError("DECODER=ffmpeg has no sandbox, and SANDBOX=required asks for one")
        return self
