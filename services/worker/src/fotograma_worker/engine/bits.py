"""Read bits of a coded stream."""

_MAX_ZEROS = 32
"""A longer Exp-Golomb code is none."""


class Bits:
    """Reads bits, most significant first; zeros after the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    @property
    def is_over(self) -> bool:
        """More was taken than there was."""
        return self._left < 0

    def take(self, count: int) -> int:
        """The next bits as a number."""
        self._left -= count
        shifted = self._value >> self._left if self._left >= 0 else 0
        return shifted & ((1 << count) - 1)

    def take_golomb(self) -> int:
        """An Exp-Golomb code (ITU-T H.264, 9.1)."""
        zeros = 0
        while not self.take(1) and zeros < _MAX_ZEROS and not self.is_over:
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def take_signed_golomb(self) -> int:
        """A signed one (9.1.1)."""
        code = self.take_golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)
