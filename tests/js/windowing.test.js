import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  clampWindow, dragWindow, greyTable, ramp, valuesOfPreview,
} from '../../static/js/viewer/windowing.js';

test('the ramp is that of DICOM PS3.3 C.11.2.1.2.1', () => {
  // c 2048, w 4096: black at 0, white at 4095.
  assert.deepEqual(ramp({ centre: 2048, width: 4096 }), { low: 0, range: 4095 });
  // c 100, w 1: everything up to 99.5 black, above white.
  assert.deepEqual(ramp({ centre: 100, width: 1 }), { low: 99, range: 1 });
});

test('the table is black below the window, white above, and turned over when inverted', () => {
  const table = greyTable({ centre: 500, width: 201 }, 1023, false);
  const inverted = greyTable({ centre: 500, width: 201 }, 1023, true);
  assert.equal(table.length, 1024);
  assert.deepEqual([table[0], table[399], table[600], table[1023]], [0, 0, 255, 255]);
  assert.ok(Math.abs(table[500] - 128) <= 1);
  table.forEach((grey, value) => assert.ok(Math.abs(255 - grey - inverted[value]) <= 1));
});

test('a window stays one that can be drawn', () => {
  assert.deepEqual(clampWindow({ centre: -5, width: -3 }, 4095), { centre: 0, width: 2 });
  assert.deepEqual(clampWindow({ centre: 9999, width: 99999 }, 4095), { centre: 4095, width: 8192 });
});

test('dragging right widens, dragging down raises the centre, and back is back', () => {
  const start = { centre: 2000, width: 3000 };
  assert.ok(dragWindow(start, 50, 0, 4095).width > 3000);
  assert.ok(dragWindow(start, 0, 50, 4095).centre > 2000);
  assert.deepEqual(dragWindow(start, 0, 0, 4095), start);
});

test('the preview gives back the values it was drawn from, as well as 8 bits can', () => {
  const window = { centre: 2048, width: 4096 };
  const rgba = new Uint8ClampedArray(256 * 4);
  for (let grey = 0; grey < 256; grey += 1) rgba.fill(grey, 4 * grey, 4 * grey + 4);
  const values = valuesOfPreview(rgba, window, 4095);
  const table = greyTable(window, 4095, false);
  values.forEach((value, grey) => assert.ok(Math.abs(table[value] - grey) <= 1, `${grey}`));
});
