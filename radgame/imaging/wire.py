"""Full-depth pixels on the wire: the RGF1 format of docs/pixel-format.md, written and read.

Inside one gzip member (no name, time zero): bytes 0–3 ASCII "RGF1"; 4–7 columns and 8–11 rows,
uint32 little-endian; 12 the bits of the largest value (1–16); 13 the predictor (0 none, 1 left,
2 up, 3 average, 4 MED as in JPEG-LS, ISO/IEC 14495-1 A.3); 14–15 zero; then rows * columns low
bytes and rows * columns high bytes, row by row, of the residuals: r = pixel - prediction wrapped
to int16, z = (r << 1) ^ (r >> 15). The origin is predicted as 0, the rest of the first row from the
left and the rest of the first column from above (predictor 0 always predicts 0).

The two planes are deflated apart, each with the strategy that suits it, and joined at a byte
boundary (RFC 1951 3.2.4): the low plane is mostly noise, where matching strings only costs, and the
high plane is mostly runs.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

from radgame.imaging.errors import BadPixelMessage, TooLarge
from radgame.imaging.film import Pixels

MAGIC = b"RGF1"
HEADER = struct.Struct("<4sIIBBH")
NONE, LEFT, UP, AVERAGE, MED = range(5)
MAX_WIRE_PIXELS = 100_000_000

# RFC 1952: no name, time 0, fastest/slowest flag 0, system unknown, so equal pixels give equal
# bytes on every machine.
_GZIP_HEADER = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
_TRIAL_PIXELS = 1 << 17
_TRIAL_BANDS = 8
_LEVEL = 9
_STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)


def encode_pixels(pixels: Pixels) -> bytes:
    """Encode uint16 pixels of shape (rows, columns), both at least 1, as one gzip member.

    The predictor is the one that packs best: tried on the whole picture when it is small, else on
    bands of neighbouring rows. Raises ValueError for another shape or dtype.
    """
    if pixels.ndim != 2 or pixels.dtype != np.uint16 or pixels.size == 0:
        raise ValueError("pixels must be a two-dimensional uint16 array that is not empty")
    rows, columns = pixels.shape
    predictor = _best_predictor(pixels)
    low, high = _planes(pixels, predictor)
    bits = max(1, int(pixels.max()).bit_length())
    head = HEADER.pack(MAGIC, columns, rows, bits, predictor, 0)
    body = head + low
    packed = _smallest(body, last=False) + _smallest(high, last=True)
    checksum = zlib.crc32(high, zlib.crc32(body))
    length = (len(body) + len(high)) & 0xFFFFFFFF
    return _GZIP_HEADER + packed + struct.pack("<II", checksum, length)


def decode_pixels(data: bytes) -> Pixels:
    """Read what `encode_pixels` wrote: uint16 pixels of shape (rows, columns).

    Raises `BadPixelMessage` when the bytes break the format, `TooLarge` when they announce more
    than `MAX_WIRE_PIXELS` pixels; neither inflates more than was announced.
    """
    inflater = zlib.decompressobj(wbits=31)
    try:
        head = inflater.decompress(data, HEADER.size)
        if len(head) != HEADER.size:
            raise BadPixelMessage("The pixel message ends inside its header; send it again.")
        header = _Header.parse(head)
        planes = inflater.decompress(inflater.unconsumed_tail, 2 * header.count + 1)
    except zlib.error as error:
        raise BadPixelMessage("The pixel message is no intact gzip; send it again.") from error
    if len(planes) != 2 * header.count or not inflater.eof or inflater.unused_data:
        raise BadPixelMessage("The pixel message has the wrong length; send it again.")
    coded = np.frombuffer(planes, np.uint8).reshape(2, header.rows, header.columns)
    folded = coded[0] | (coded[1].astype(np.uint16) << 8)
    residuals = (folded >> 1) ^ (0 - (folded & 1))
    return _restore(residuals, header.predictor)


@dataclass(frozen=True, slots=True)
class _Header:
    columns: int
    rows: int
    predictor: int

    @property
    def count(self) -> int:
        return self.columns * self.rows

    @classmethod
    def parse(cls, head: bytes) -> "_Header":
        magic, columns, rows, bits, predictor, reserved = HEADER.unpack(head)
        if magic != MAGIC:
            raise BadPixelMessage("This is no RGF1 pixel message; encode the film again.")
        if not (columns and rows and 1 <= bits <= 16 and predictor <= MED and reserved == 0):
            raise BadPixelMessage("The header of the pixel message is wrong; encode it again.")
        if columns * rows > MAX_WIRE_PIXELS:
            raise TooLarge("The pixel message announces too many pixels; send a smaller film.")
        return cls(columns, rows, predictor)


def _planes(pixels: Pixels, predictor: int) -> tuple[bytes, bytes]:
    residuals = (pixels - _predictions(pixels, predictor)).view(np.int16)
    folded = ((residuals << 1) ^ (residuals >> 15)).view(np.uint16)
    return (folded & 0xFF).astype(np.uint8).tobytes(), (folded >> 8).astype(np.uint8).tobytes()


def _predictions(pixels: Pixels, predictor: int) -> Pixels:
    predicted = np.zeros_like(pixels)
    if predictor == NONE:
        return predicted
    predicted[0, 1:] = pixels[0, :-1]
    predicted[1:, 0] = pixels[:-1, 0]
    predicted[1:, 1:] = _inner(pixels[1:, :-1], pixels[:-1, 1:], pixels[:-1, :-1], predictor)
    return predicted


def _inner(left: Pixels, up: Pixels, corner: Pixels, predictor: int) -> Pixels:
    if predictor == LEFT:
        return left
    if predictor == UP:
        return up
    if predictor == AVERAGE:
        # floor((left + up) / 2) without the seventeenth bit.
        return (left & up) + ((left ^ up) >> 1)
    smaller, larger = np.minimum(left, up), np.maximum(left, up)
    # The three cases of MED are one: left + up - corner, held between left and up. Only where
    # corner lies between them is the sum used, and there it cannot leave 16 bits.
    gradient = left + up - corner
    return np.where(corner >= larger, smaller, np.where(corner <= smaller, larger, gradient))


def _restore(residuals: Pixels, predictor: int) -> Pixels:
    """Undo the prediction; sums of uint16 wrap as the format asks."""
    if predictor == NONE:
        return residuals
    pixels = residuals.copy()
    if predictor == UP:
        pixels[0] = np.cumsum(pixels[0], dtype=np.uint16)
        return np.cumsum(pixels, axis=0, dtype=np.uint16)
    pixels[:, 0] = np.cumsum(pixels[:, 0], dtype=np.uint16)
    if predictor == LEFT:
        return np.cumsum(pixels, axis=1, dtype=np.uint16)
    pixels[0] = np.cumsum(residuals[0], dtype=np.uint16)
    # A pixel needs its left, upper and corner neighbours, which all lie on earlier anti-diagonals;
    # one anti-diagonal is a strided slice of the flat picture, so it is restored at once.
    rows, columns = pixels.shape
    flat, step = pixels.reshape(-1), columns - 1
    for diagonal in range(2, rows + columns - 1):
        first_row, last_row = max(1, diagonal - columns + 1), min(rows - 1, diagonal - 1)
        if first_row > last_row:
            continue
        start, stop = diagonal + first_row * step, diagonal + last_row * step + 1
        left = flat[start - 1 : stop - 1 : step]
        up = flat[start - columns : stop - columns : step]
        corner = flat[start - columns - 1 : stop - columns - 1 : step]
        flat[start:stop:step] += _inner(left, up, corner, predictor)
    return pixels


def _best_predictor(pixels: Pixels) -> int:
    bands = _trial_bands(pixels)

    def packed_bytes(predictor: int) -> int:
        planes = [_planes(band, predictor) for band in bands]
        low = b"".join(low for low, _ in planes)
        high = b"".join(high for _, high in planes)
        return len(_smallest(low, last=True)) + len(_smallest(high, last=True))

    return min((MED, AVERAGE, LEFT, UP, NONE), key=packed_bytes)


def _trial_bands(pixels: Pixels) -> list[Pixels]:
    rows, columns = pixels.shape
    height = max(2, _TRIAL_PIXELS // columns // _TRIAL_BANDS)
    if height * _TRIAL_BANDS >= rows:
        return [pixels]
    starts = np.linspace(0, rows - height, _TRIAL_BANDS).astype(int)
    return [pixels[start : start + height] for start in starts]


def _smallest(plane: bytes, *, last: bool) -> bytes:
    """Raw deflate by the strategy that packs best, left open at a byte boundary unless `last`."""

    def pack(strategy: int) -> bytes:
        deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15, 9, strategy)
        packed = deflater.compress(plane)
        return packed + deflater.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)

    return min((pack(strategy) for strategy in _STRATEGIES), key=len)
