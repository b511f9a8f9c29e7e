/**
 * The full-depth pixel file: docs/pixel-format.md. Two byte planes of zig-zagged
 * prediction residuals; the browser has already undone the gzip around them.
 */

const HEADER_BYTES = 16;
const MAGIC = [0x52, 0x47, 0x46, 0x31]; // "RGF1"

export class PixelFormatError extends Error {}

/** How many bytes the file of such a picture has, before any compression in transit. */
export const fileBytes = (columns, rows) => HEADER_BYTES + 2 * columns * rows;

/**
 * @param {Uint8Array} bytes the whole file
 * @returns {{columns: number, rows: number, bits: number, values: Uint16Array}}
 *   values row by row, `columns * rows` of them
 * @throws {PixelFormatError} when the header or the length is wrong
 */
export function decodePixels(bytes) {
  if (bytes.length < HEADER_BYTES) throw new PixelFormatError('The file ends inside its header.');
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new PixelFormatError('Not an RGF1 file.');
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const columns = header.getUint32(4, true);
  const rows = header.getUint32(8, true);
  const [bits, predictor] = [bytes[12], bytes[13]];
  if (columns === 0 || rows === 0) throw new PixelFormatError('The picture has no pixels.');
  if (bits < 1 || bits > 16) throw new PixelFormatError(`${bits} bits are not supported.`);
  if (predictor > 4) throw new PixelFormatError(`Predictor ${predictor} is unknown.`);
  if (bytes.length !== fileBytes(columns, rows)) {
    throw new PixelFormatError(`${bytes.length} bytes do not make ${columns} × ${rows} pixels.`);
  }
  const count = columns * rows;
  const values = new Uint16Array(count);
  const low = bytes.subarray(HEADER_BYTES, HEADER_BYTES + count);
  const high = bytes.subarray(HEADER_BYTES + count);
  undoPrediction(values, low, high, columns, rows, predictor);
  return { columns, rows, bits, values };
}

/**
 * One loop per predictor: a predictor chosen inside the loop costs half the
 * speed. Storing into a Uint16Array is the wrap-around the format asks for.
 */
function undoPrediction(values, low, high, columns, rows, predictor) {
  const residual = (i) => {
    const zigzag = low[i] | (high[i] << 8);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  };
  if (predictor === 0) {
    for (let i = 0; i < values.length; i += 1) values[i] = residual(i);
    return;
  }
  values[0] = residual(0);
  for (let i = 1; i < columns; i += 1) {
    values[i] = residual(i) + values[i - 1];
  }
  for (let y = 1; y < rows; y += 1) {
    const start = y * columns;
    const end = start + columns;
    values[start] = residual(start) + values[start - columns];
    if (predictor === 1) {
      let left = values[start];
      for (let i = start + 1; i < end; i += 1) {
        const zigzag = low[i] | (high[i] << 8);
        left = (left + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
        values[i] = left;
      }
    } else if (predictor === 2) {
      for (let i = start + 1; i < end; i += 1) {
        const zigzag = low[i] | (high[i] << 8);
        values[i] = values[i - columns] + ((zigzag >>> 1) ^ -(zigzag & 1));
      }
    } else if (predictor === 3) {
      let left = values[start];
      for (let i = start + 1; i < end; i += 1) {
        const zigzag = low[i] | (high[i] << 8);
        const guess = (left + values[i - columns]) >> 1;
        left = (guess + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
        values[i] = left;
      }
    } else {
      let left = values[start];
      let corner = values[start - columns];
      for (let i = start + 1; i < end; i += 1) {
        const zigzag = low[i] | (high[i] << 8);
        const up = values[i - columns];
        const [smaller, larger] = left < up ? [left, up] : [up, left];
        const guess = corner >= larger ? smaller : corner <= smaller ? larger : left + up - corner;
        left = (guess + ((zigzag >>> 1) ^ -(zigzag & 1))) & 0xffff;
        values[i] = left;
        corner = up;
      }
    }
  }
}

/**
 * The picture and its halves, quarters… each the rounded mean of 2 × 2 pixels
 * of the one before, down to 256 pixels. Level k covers exactly the first
 * size >> k pixels: an odd last row or column is left to the level above it.
 * @returns {{columns: number, rows: number, values: Uint16Array}[]}
 */
export function buildPyramid(values, columns, rows) {
  const levels = [{ columns, rows, values }];
  while (Math.max(columns, rows) > 256 && Math.min(columns, rows) > 1) {
    const above = levels[levels.length - 1];
    [columns, rows] = [columns >> 1, rows >> 1];
    const half = new Uint16Array(columns * rows);
    for (let y = 0; y < rows; y += 1) {
      let from = 2 * y * above.columns;
      let to = y * columns;
      for (let x = 0; x < columns; x += 1, from += 2, to += 1) {
        const below = from + above.columns;
        half[to] = (above.values[from] + above.values[from + 1]
          + above.values[below] + above.values[below + 1] + 2) >> 2;
      }
    }
    levels.push({ columns, rows, values: half });
  }
  return levels;
}
