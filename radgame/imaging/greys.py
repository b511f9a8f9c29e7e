"""Grey levels of a picture that was stored with three colour channels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from radgame.imaging.errors import UnsupportedPixels
from radgame.imaging.film import Pixels

# JPEG chroma noise and a technician's coloured letter stay below these; a photograph does not.
COLOUR_FRACTION_OF_RANGE = 0.07
MAX_COLOURED_FRACTION = 0.02


def luminance(rgb: npt.NDArray[Any], *, bits: int) -> Pixels:
    """Rec. 601 luma of unsigned samples, shape (rows, columns, 3) to (rows, columns).

    Equal channels keep their value exactly. Raises `UnsupportedPixels` for a colour picture: more
    than 2 % of its pixels have channels further apart than 7 % of the range.
    """
    spread = rgb.max(axis=2) - rgb.min(axis=2)
    if np.mean(spread > COLOUR_FRACTION_OF_RANGE * (2**bits - 1)) > MAX_COLOURED_FRACTION:
        raise UnsupportedPixels("This picture is in colour; send the radiograph in greys.")
    red, green, blue = (rgb[:, :, channel].astype(np.uint32) for channel in range(3))
    return ((299 * red + 587 * green + 114 * blue + 500) // 1000).astype(np.uint16)
