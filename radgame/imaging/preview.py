"""The small picture that stands in until the full depth has arrived."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from radgame.imaging.film import Pixels

AIM_BYTES = 90_000
AIM_QUALITIES = (88, 80, 72, 64)
LIMIT_QUALITIES = (50, 36, 22)
SHRINK = 0.8
WEBP_METHOD = 4


def apply_window(pixels: Pixels, *, center: float, width: float) -> npt.NDArray[np.uint8]:
    """Map uint16 pixels to uint8 greys by LINEAR_EXACT (PS3.3 C.11.2.1.3.2); width above 0."""
    if not width > 0:
        raise ValueError("width must be above 0")
    values = np.arange(int(pixels.max()) + 1, dtype=np.float64)
    greys = np.clip((values - (center - width / 2)) / width, 0.0, 1.0)
    table = np.rint(greys * 255).astype(np.uint8)
    return table[pixels]


def render_preview(
    pixels: Pixels,
    *,
    center: float,
    width: float,
    max_side: int = 1280,
    max_bytes: int = 150_000,
) -> bytes:
    """An 8-bit grey WebP without metadata, no side above `max_side`, at most `max_bytes` long.

    Quality falls first, to stay near 90 kB where it costs little, then to fit; the size falls last.
    Raises ValueError when even a picture of one pixel does not fit.
    """
    picture = Image.fromarray(apply_window(pixels, center=center, width=width))
    scale = min(1.0, max_side / max(picture.size))
    while True:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        # Films of several megapixels are first averaged by whole factors: as good, and faster.
        small = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        best = _fit(small, max_bytes)
        if best is not None:
            return best
        if size == (1, 1):
            raise ValueError("max_bytes is too small for any picture")
        scale *= SHRINK


def _fit(picture: Image.Image, max_bytes: int) -> bytes | None:
    aim = min(AIM_BYTES, max_bytes)
    encoded = b""
    for quality in AIM_QUALITIES:
        encoded = _webp(picture, quality)
        if len(encoded) <= aim:
            return encoded
    for quality in LIMIT_QUALITIES:
        if len(encoded) <= max_bytes:
            return encoded
        encoded = _webp(picture, quality)
    return encoded if len(encoded) <= max_bytes else None


def _webp(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=WEBP_METHOD, exif=b"", icc_profile=b"")
    return buffer.getvalue()
