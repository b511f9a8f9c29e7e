"""A name for a picture that does not depend on the file it came in."""

import hashlib
import struct

import numpy as np

from radgame.imaging.film import Pixels


def pixel_fingerprint(pixels: Pixels) -> str:
    """The SHA-256, in hexadecimal, of rows and columns (uint32 LE) and the samples (uint16 LE).

    Two files have the same fingerprint exactly when they hold the same picture, whatever their
    compression, byte order or photometric interpretation.
    """
    if pixels.ndim != 2 or pixels.dtype != np.uint16:
        raise ValueError("pixels must be a two-dimensional uint16 array")
    digest = hashlib.sha256(struct.pack("<II", *pixels.shape))
    digest.update(np.ascontiguousarray(pixels, dtype="<u2").tobytes())
    return digest.hexdigest()
