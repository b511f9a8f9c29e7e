"""What a JPEG, JPEG-LS or JPEG 2000 stream says of itself, read before a decoder allocates."""

import struct
from dataclasses import dataclass

from radgame.imaging.errors import Truncated

_NO_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_START_OF_SCAN = 0xDA
# Start of frame: SOF0–SOF15 without DHT, JPG and DAC (ISO/IEC 10918-1 table B.1), and JPEG-LS.
_FRAME_STARTS = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}
_J2K_START = b"\xff\x4f\xff\x51"
_JP2_START = b"\x00\x00\x00\x0cjP  "
_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class CodestreamSize:
    """Rows, columns and, for the JPEG family, bits of a sample (0 when not read)."""

    rows: int
    columns: int
    precision: int


def read_codestream_size(stream: bytes) -> CodestreamSize:
    """The size a compressed frame announces; raises `Truncated` when it ends early or makes none.

    Every stream ends with the same end marker (EOI, EOC), perhaps padded; without it a decoder may
    invent the missing rows, and half a film must not be read as a whole one.
    """
    if _END not in stream[-64:]:
        raise Truncated
    try:
        if stream.startswith(_JP2_START):
            stream = stream[stream.index(_J2K_START) :]
        if stream.startswith(_J2K_START):
            right, bottom, left, top = struct.unpack_from(">4I", stream, 8)
            return CodestreamSize(bottom - top, right - left, 0)
        return _jpeg_size(stream)
    except (struct.error, ValueError, IndexError) as error:
        raise Truncated from error


def _jpeg_size(stream: bytes) -> CodestreamSize:
    if not stream.startswith(b"\xff\xd8"):
        raise Truncated
    position = 2
    while position < len(stream):
        if stream[position] != 0xFF:
            raise Truncated
        marker = stream[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _NO_LENGTH:
            position += 2
        elif marker in _FRAME_STARTS:
            precision, rows, columns = struct.unpack_from(">BHH", stream, position + 4)
            return CodestreamSize(rows, columns, precision)
        elif marker == _START_OF_SCAN:
            break
        else:
            position += 2 + struct.unpack_from(">H", stream, position + 2)[0]
    raise Truncated
