"""An independent writer of the full-depth pixel format, for tests of its JavaScript reader.

Written pixel by pixel from docs/pixel-format.md, not vectorised: slow, and easy
to compare with the text. `python tests/js/harness/rgf.py` writes the vectors of
tests/js/pixels.test.js again.
"""

import json
import random
import struct
from pathlib import Path

VECTORS = Path(__file__).parent.parent / "pixel-vectors.json"


def predict(predictor: int, rows: list[list[int]], y: int, x: int) -> int:
    """The value expected at (x, y) from its neighbours; 0 where nothing is known."""
    if predictor == 0 or (x == 0 and y == 0):
        return 0
    if y == 0:
        return rows[0][x - 1]
    if x == 0:
        return rows[y - 1][0]
    left, up, corner = rows[y][x - 1], rows[y - 1][x], rows[y - 1][x - 1]
    if predictor == 1:
        return left
    if predictor == 2:
        return up
    if predictor == 3:
        return (left + up) // 2
    if corner >= max(left, up):
        return min(left, up)
    if corner <= min(left, up):
        return max(left, up)
    return left + up - corner


def encode(rows: list[list[int]], bits: int, predictor: int) -> bytes:
    """The RGF1 file of a picture given as rows of values below 2**bits."""
    low, high = bytearray(), bytearray()
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            residual = (value - predict(predictor, rows, y, x)) % 65536
            signed = residual - 65536 if residual >= 32768 else residual
            zigzag = 2 * signed if signed >= 0 else -2 * signed - 1
            low.append(zigzag % 256)
            high.append(zigzag // 256)
    header = b"RGF1" + struct.pack("<IIBBH", len(rows[0]), len(rows), bits, predictor, 0)
    return header + bytes(low) + bytes(high)


def vectors() -> list[dict[str, object]]:
    """Pictures of every predictor: one pixel, one row, one column, noise, full 16 bits."""
    source = random.Random(20240611)
    shapes = {"one pixel": (1, 1), "one row": (7, 1), "one column": (1, 6), "noise": (9, 7)}
    found: list[dict[str, object]] = []
    for bits in (1, 8, 12, 16):
        for name, (columns, row_count) in shapes.items():
            rows = [[source.randrange(2**bits) for _ in range(columns)] for _ in range(row_count)]
            for predictor in range(5):
                found.append(
                    {
                        "name": f"{name}, {bits} bits, predictor {predictor}",
                        "columns": columns,
                        "rows": row_count,
                        "bits": bits,
                        "file": encode(rows, bits, predictor).hex(),
                        "values": [value for row in rows for value in row],
                    }
                )
    return found


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(vector) for vector in vectors())
    VECTORS.write_text(f"[\n{lines}\n]\n")
