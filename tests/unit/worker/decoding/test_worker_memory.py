"""How many decoders a worker's memory holds."""

from pathlib import Path

import pytest
from fotograma_worker.decoding.memory import MemoryMissing, available_bytes, children_at_once

MIB = 1 << 20
MACHINE = available_bytes(Path("/nowhere"), Path("/dev/null"))


@pytest.mark.parametrize(
    ("memory", "child", "expected"),
    [(5120, 1536, 3), (5119, 1536, 2), (2048, 1536, 1), (1024, 512, 1)],
)
def test_children_leave_room_for_the_worker(memory: int, child: int, expected: int) -> None:
    assert children_at_once(memory * MIB, child * MIB) == expected


def test_memory_that_holds_no_decoder_is_refused_with_the_setting_to_change() -> None:
    with pytest.raises(MemoryMissing, match="WORKER_DECODER_MEMORY_BYTES"):
        children_at_once(2047 * MIB, 1536 * MIB)


@pytest.mark.parametrize(
    ("own", "file", "said", "expected"),
    [
        ("0::/", "memory.max", "104857600", 100 * MIB),
        ("0::/pod/worker", "pod/worker/memory.max", "104857600", 100 * MIB),
        ("0::/of/the/host", "memory.max", "104857600", 100 * MIB),
        ("0::/", "memory.max", "max", MACHINE),
        ("4:memory:/docker/1", "memory/docker/1/memory.limit_in_bytes", "104857600", 100 * MIB),
        ("4:memory:/docker/1", "memory/memory.limit_in_bytes", "104857600", 100 * MIB),
        ("4:memory:/", "memory/memory.limit_in_bytes", str((1 << 63) - 4096), MACHINE),
        ("5:devices:/", "memory/memory.limit_in_bytes", "104857600", MACHINE),
        ("0::/", "elsewhere", "104857600", MACHINE),
    ],
)
def test_available_memory_is_the_containers_or_the_machines(
    tmp_path: Path, own: str, file: str, said: str, expected: int
) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(said + "\n")
    (tmp_path / "own").write_text("9:name=systemd:/\n" + own + "\n")
    assert available_bytes(tmp_path, tmp_path / "own") == expected
