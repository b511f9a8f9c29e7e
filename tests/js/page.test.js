import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrowStep, keyName, matchRank } from '../../static/js/elements/page.js';

const press = (key, held = {}) =>
  ({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held });

test('a key is named as the page writes it', () => {
  assert.equal(keyName(press('Z', { shiftKey: true })), 'shift+z');
  assert.equal(keyName(press('Z')), 'z'); // caps lock
  assert.equal(keyName(press('?', { shiftKey: true })), '?');
  assert.equal(keyName(press('Escape')), 'escape');
});

test('arrows move by one, with ctrl or alt by ten', () => {
  assert.deepEqual(arrowStep(press('ArrowLeft')), { dx: -1, dy: 0 });
  assert.deepEqual(arrowStep(press('ArrowDown', { ctrlKey: true })), { dx: 0, dy: 10 });
  assert.deepEqual(arrowStep(press('ArrowUp', { altKey: true })), { dx: 0, dy: -10 });
  assert.equal(arrowStep(press('a')), null);
});

test('what begins like the typed word comes before what only holds it', () => {
  const rank = (typed) => [
    ['Pneumothorax', 'air'], ['Pleural effusion', 'fluid'], ['Consolidation', 'pneumonia'],
    ['Hydropneumothorax', ''], ['Fracture', 'rib'],
  ].map(([label, words]) => matchRank(label, words, typed));
  assert.deepEqual(rank('pneumo'), [0, Infinity, 2, 3, Infinity]);
  assert.deepEqual(rank('effu'), [Infinity, 1, Infinity, Infinity, Infinity]);
  assert.deepEqual(rank(''), [0, 0, 0, 0, 0]);
  assert.equal(matchRank('Œdème pulmonaire', '', 'EDEM'), Infinity);
  assert.equal(matchRank('Épanchement', '', 'epan'), 0);
});
