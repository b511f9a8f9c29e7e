import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  PixelFormatError, buildPyramid, decodePixels, fileBytes,
} from '../../static/js/viewer/pixels.js';
import { seeded } from './random.js';

// Written by tests/js/harness/rgf.py, which shares no code with the decoder.
const VECTORS = JSON.parse(readFileSync(new URL('pixel-vectors.json', import.meta.url), 'utf8'));
const bytesOf = (vector) => Uint8Array.from(Buffer.from(vector.file, 'hex'));
const vector = VECTORS.find(({ name }) => name === 'noise, 12 bits, predictor 4');

test('every predictor and depth decodes to the values that were encoded', () => {
  assert.equal(new Set(VECTORS.map(({ name }) => name)).size, 80);
  for (const { name, columns, rows, bits, values, file } of VECTORS) {
    const picture = decodePixels(bytesOf({ file }));
    assert.deepEqual([picture.columns, picture.rows, picture.bits], [columns, rows, bits], name);
    assert.deepEqual([...picture.values], values, name);
  }
});

test('a file that starts in the middle of a buffer is read from there', () => {
  const bytes = bytesOf(vector);
  const roomy = new Uint8Array(bytes.length + 3);
  roomy.set(bytes, 3);
  assert.deepEqual([...decodePixels(roomy.subarray(3)).values], vector.values);
});

test('a damaged file is refused, with the reason', () => {
  const spoil = (change) => {
    const bytes = bytesOf(vector);
    return change(bytes) ?? bytes;
  };
  const cases = [
    [(b) => b.subarray(0, 10), /header/], [(b) => { b[0] = 0x50; }, /RGF1/],
    [(b) => { b[12] = 17; }, /17 bits/], [(b) => { b[12] = 0; }, /0 bits/],
    [(b) => { b[13] = 5; }, /Predictor 5/], [(b) => b.subarray(0, b.length - 1), /pixels/],
    [(b) => { b[4] = 0; }, /no pixels/],
  ];
  for (const [change, reason] of cases) {
    assert.throws(() => decodePixels(spoil(change)), (error) =>
      error instanceof PixelFormatError && reason.test(error.message), String(reason));
  }
});

test('the length of a file is known before it comes', () => {
  assert.equal(fileBytes(vector.columns, vector.rows), bytesOf(vector).length);
});

test('each pyramid level holds the rounded means of two by two pixels of the one above', () => {
  const random = seeded(21);
  const [columns, rows] = [601, 403];
  const values = Uint16Array.from({ length: columns * rows }, () => random.whole(0, 65535));
  const levels = buildPyramid(values, columns, rows);
  assert.deepEqual(levels.map((level) => [level.columns, level.rows]), [[601, 403], [300, 201], [150, 100]]);
  for (let k = 1; k < levels.length; k += 1) {
    const [above, level] = [levels[k - 1], levels[k]];
    for (let i = 0; i < 500; i += 1) {
      const [x, y] = [random.whole(0, level.columns - 1), random.whole(0, level.rows - 1)];
      const at = (dx, dy) => above.values[(2 * y + dy) * above.columns + 2 * x + dx];
      const mean = Math.floor((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4 + 0.5);
      assert.equal(level.values[y * level.columns + x], mean);
    }
  }
});

test('a small or very narrow picture is its own pyramid', () => {
  assert.equal(buildPyramid(new Uint16Array(256 * 200), 256, 200).length, 1);
  assert.equal(buildPyramid(new Uint16Array(4000), 4000, 1).length, 1);
});
