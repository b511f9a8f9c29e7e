import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Viewport } from '../../static/js/viewer/viewport.js';

let films = 0;

function shown(image, stage) {
  films += 1;
  const viewport = new Viewport({
    key: `film-${films}`, image, max: 255, window: { centre: 128, width: 256 }, onChange: () => {},
  });
  viewport.resize(stage);
  return viewport;
}

const STAGE = { width: 800, height: 600 };

test('one to one shows a source pixel on a device pixel', () => {
  const viewport = shown({ width: 2000, height: 3000 }, STAGE);
  viewport.oneToOne(1);
  assert.equal(viewport.view.scale, 1);
  viewport.oneToOne(2);
  assert.equal(viewport.view.scale, 0.5);
});

test('one to one of a film smaller than its stage lies in the middle, and fit brings it back', () => {
  const viewport = shown({ width: 200, height: 300 }, STAGE);
  assert.equal(viewport.view.scale, 2);
  viewport.oneToOne(1);
  assert.deepEqual(viewport.view, { scale: 1, x: 300, y: 150 });
  assert.equal(viewport.fitted, false);
  viewport.fit();
  assert.equal(viewport.view.scale, 2);
});
