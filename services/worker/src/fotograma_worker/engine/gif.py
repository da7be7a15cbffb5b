"""Tell a GIF's cut picture from a whole one: FFmpeg decodes either without a word.

Formats are those of the GIF89a specification (CompuServe, 1990).
"""

_HEADER_BYTES = 13
_DESCRIPTOR_BYTES = 9
_EXTENSION, _IMAGE = 0x21, 0x2C
_HAS_COLORS, _COLORS = 0x80, 0x07


def is_cut(packet: bytes) -> bool:
    """Whether a packet ends within its picture, whose data come in blocks, up to an empty one."""
    at = 0
    try:
        if packet.startswith(b"GIF8"):
            at = _HEADER_BYTES + _color_bytes(packet[10])
        while packet[at] == _EXTENSION:
            at = _after_blocks(packet, at + 2)
        if packet[at] != _IMAGE:
            return True
        at += 1 + _DESCRIPTOR_BYTES
        return _after_blocks(packet, at + _color_bytes(packet[at - 1]) + 1) > len(packet)
    except IndexError:
        return True


def _color_bytes(flags: int) -> int:
    return 3 << (flags & _COLORS) + 1 if flags & _HAS_COLORS else 0


def _after_blocks(packet: bytes, at: int) -> int:
    """The position behind the empty block that ends a row of blocks. Raises `IndexError`."""
    while size := packet[at]:
        at += 1 + size
    return at + 1
