import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  isReport, lengthOf, pasteInto, roomState,
} from '../../static/js/viewer/report-text.js';

test('a length is counted in characters, however they are stored', () => {
  assert.deepEqual(['', 'no effusion', 'a\nb', 'a\r\nb', 'Œdème', '≥ 3 cm', '🫁'].map(lengthOf),
    [0, 11, 3, 3, 5, 6, 1]);
});

test('the count is quiet until nine tenths of the limit, and over only above it', () => {
  assert.deepEqual([0, 89, 90, 100, 101].map((length) => roomState(length, 100)),
    ['quiet', 'quiet', 'near', 'near', 'over']);
});

test('what is pasted takes the place of what is selected', () => {
  const into = (value, start, end, text) => pasteInto({ value, start, end, text, limit: 10 });
  assert.deepEqual(into('12345', 5, 5, '67890'), { fits: true, size: 5, room: 5 });
  assert.deepEqual(into('12345', 5, 5, '678901'), { fits: false, size: 6, room: 5 });
  assert.deepEqual(into('12345', 0, 5, '1234567890'), { fits: true, size: 10, room: 10 });
  assert.deepEqual(into('123456789012', 0, 0, 'x'), { fits: false, size: 1, room: 0 });
  assert.equal(into('123456789', 9, 9, '🫁').fits, true);
});

test('only two texts are a report', () => {
  assert.equal(isReport({ findings: '', impression: '' }), true);
  for (const answer of [null, undefined, {}, { findings: 'x' }, { marks: [] }, { findings: 1, impression: '' }]) {
    assert.equal(isReport(answer), false);
  }
});
