import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hang, recallHanging, rememberHanging } from '../../static/js/viewer/hanging.js';

test('the films move no further than the active one asks for', () => {
  const first = (active, before) => hang({ count: 4, room: 2, active, first: before });
  assert.deepEqual([first(0, 0), first(1, 0), first(2, 0), first(3, 1), first(0, 2)], [0, 0, 1, 2, 0]);
  assert.equal(first(2, 1), 1);
});

test('the active film always hangs, and no place is left empty', () => {
  for (let count = 1; count <= 5; count += 1) {
    for (const room of [1, 2]) {
      for (let active = 0; active < count; active += 1) {
        for (let before = 0; before < count; before += 1) {
          const first = hang({ count, room, active, first: before });
          assert.ok(first >= 0 && first <= active && active < first + room);
          assert.ok(count < room || first + room <= count);
        }
      }
    }
  }
});

test('a study hangs as it was left; one never seen hangs from its first film', () => {
  assert.deepEqual(recallHanging('new'), { active: 0, first: 0, spread: true });
  rememberHanging('seen', { active: 2, first: 1, spread: false });
  assert.deepEqual(recallHanging('seen'), { active: 2, first: 1, spread: false });
});

test('only the last studies are remembered', () => {
  rememberHanging('old', { active: 1, first: 0, spread: true });
  for (let n = 0; n < 24; n += 1) rememberHanging(`study-${n}`, { active: 1, first: 0, spread: true });
  assert.equal(recallHanging('old').active, 0);
  assert.equal(recallHanging('study-23').active, 1);
});
