/**
 * Window and level: which stored values become black and which white.
 * The linear function of DICOM PS3.3 C.11.2.1.2.1, in floating point.
 *
 * @typedef {{centre: number, width: number}} Window
 */

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The value that becomes black, and how many values lie between it and white. */
export function ramp({ centre, width }) {
  const range = Math.max(width - 1, 1);
  return { low: centre - 0.5 - range / 2, range };
}

/** A window that can be drawn: at least one value wide, its centre among the values. */
export function clampWindow({ centre, width }, max) {
  return {
    centre: Math.round(clamp(centre, 0, max)),
    width: Math.round(clamp(width, 2, 2 * (max + 1))),
  };
}

/** Drag right for a wider window, down for a higher centre (a darker film). */
export function dragWindow(window, dx, dy, max) {
  const perPixel = (max + 1) / 900;
  return clampWindow(
    { centre: window.centre + dy * perPixel, width: window.width + dx * perPixel }, max,
  );
}

/** Grey (0-255) for every stored value 0..max. @returns {Uint8ClampedArray} */
export function greyTable(window, max, inverted) {
  const { low, range } = ramp(window);
  const table = new Uint8ClampedArray(max + 1);
  for (let value = 0; value <= max; value += 1) {
    const grey = ((value - low) / range) * 255;
    table[value] = inverted ? 255 - grey : grey;
  }
  return table;
}

/**
 * Stored values guessed back from the 8-bit preview, which the server drew with
 * `window`: what lay outside that window is gone until the full depth is here.
 * @param {Uint8ClampedArray} rgba @returns {Uint16Array}
 */
export function valuesOfPreview(rgba, window, max) {
  const { low, range } = ramp(window);
  const table = new Uint16Array(256);
  for (let grey = 0; grey < 256; grey += 1) {
    table[grey] = Math.round(clamp(low + (grey / 255) * range, 0, max));
  }
  const values = new Uint16Array(rgba.length / 4);
  for (let i = 0; i < values.length; i += 1) values[i] = table[rgba[4 * i]];
  return values;
}
