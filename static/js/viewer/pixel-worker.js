/**
 * Fetches and decodes one pixel file away from the page's thread.
 * In: {url, columns, rows}. Out: {progress} in 0..1, then {levels} or {failed}.
 */

import { buildPyramid, decodePixels, fileBytes, PixelFormatError } from './pixels.js';

/** Progress is told at most this often: each message wakes the page. */
const PROGRESS_STEP = 0.04;

async function readAll(response, expected) {
  const bytes = new Uint8Array(expected);
  const reader = response.body.getReader();
  let received = 0;
  let told = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length > expected) {
      throw new PixelFormatError('The file is longer than the picture it should hold.');
    }
    bytes.set(value, received);
    received += value.length;
    const progress = received / expected;
    if (progress - told >= PROGRESS_STEP) {
      told = progress;
      self.postMessage({ progress });
    }
  }
  return bytes.subarray(0, received);
}

self.addEventListener('message', async ({ data: { url, columns, rows } }) => {
  try {
    const response = await fetch(url, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const bytes = await readAll(response, fileBytes(columns, rows));
    const started = performance.now();
    const picture = decodePixels(bytes);
    if (picture.columns !== columns || picture.rows !== rows) {
      throw new PixelFormatError('The file holds a picture of another size.');
    }
    const levels = buildPyramid(picture.values, columns, rows);
    const decodeMs = performance.now() - started;
    self.postMessage({ levels, decodeMs }, levels.map((level) => level.values.buffer));
  } catch (error) {
    // Every failure ends the same way for the reader: the preview stays. The page says so.
    self.postMessage({ failed: String(error.message ?? error) });
  }
});
