"""The bytes of a file, and what kind of picture they are."""

from pathlib import Path
from typing import BinaryIO

from radgame.imaging.errors import EmptyFile, TooLarge

DEFAULT_MAX_PIXELS = 50_000_000
HEAD_BYTES = 256
_HEADER_ALLOWANCE = 16 * 1024 * 1024
_BYTES_PER_PIXEL = 4

_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR "
    b"US UT UV".split()
)


def read_bytes(source: Path | BinaryIO, *, max_pixels: int) -> bytes:
    """All bytes of a file, from its start when it can seek.

    Raises `EmptyFile`, or `TooLarge` before more is read than `max_pixels` could need.
    """
    limit = most_bytes(max_pixels)
    if isinstance(source, Path):
        with source.open("rb") as file:
            data = file.read(limit + 1)
    else:
        if source.seekable():
            source.seek(0)
        data = source.read(limit + 1)
    if not data:
        raise EmptyFile
    if len(data) > limit:
        raise TooLarge(f"This file is larger than {limit // 1_000_000} MB; send one film alone.")
    return data


def most_bytes(max_pixels: int) -> int:
    """The most bytes that a file, or what it inflates to, may have."""
    return max_pixels * _BYTES_PER_PIXEL + _HEADER_ALLOWANCE


def check_size(rows: int, columns: int, *, max_pixels: int) -> None:
    """Refuse a picture by its announced size, before anything is allocated for it."""
    if rows * columns > max_pixels:
        raise TooLarge(
            f"This picture has {rows * columns / 1e6:.0f} million pixels, more than the"
            f" {max_pixels / 1e6:.0f} million taken here; send it at a lower resolution."
        )


def looks_like_dicom(source: Path | BinaryIO) -> bool:
    """Whether a file is DICOM by content: 'DICM' at byte 128 (PS3.10 7.1), or an early element.

    An open file is left at its start.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return is_dicom(file.read(HEAD_BYTES))
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return is_dicom(head)


def is_dicom(head: bytes) -> bool:
    """`looks_like_dicom` for bytes at hand; `HEAD_BYTES` of them suffice.

    Old files lack preamble, prefix and meta information. They start with an element of group 2 or
    8 in little-endian order, with either two letters of a value representation or a short length.
    """
    if head[128:132] == b"DICM":
        return True
    if len(head) < 16:
        return False
    group = int.from_bytes(head[0:2], "little")
    element = int.from_bytes(head[2:4], "little")
    length = int.from_bytes(head[4:8], "little")
    return (
        group in (0x0002, 0x0008)
        and element <= 0x2000
        and (head[4:6] in _VRS or (length <= 128 and length % 2 == 0))
    )
