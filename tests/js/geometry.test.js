import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as geometry from '../../static/js/viewer/geometry.js';
import { seeded } from './random.js';

const IMAGE = { width: 2500, height: 3000 };
const STAGE = { width: 1000, height: 800 };
const near = (a, b, tolerance = 1e-6) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not near ${b}`);

const randomView = (random) =>
  ({ scale: random.real(0.05, 12), x: random.real(-4000, 900), y: random.real(-4000, 900) });
const randomBox = (random, image = IMAGE) => geometry.clampBox([
  random.real(-100, image.width + 100), random.real(-100, image.height + 100),
  random.real(-100, image.width + 100), random.real(-100, image.height + 100),
], image);

function assertStorable(box, image) {
  const [left, top, right, bottom] = box;
  assert.ok(left >= 0 && top >= 0 && right <= image.width && bottom <= image.height, `${box}`);
  assert.ok(right - left >= Math.min(geometry.MIN_BOX_PX, image.width) - 1e-9, `${box}`);
  assert.ok(bottom - top >= Math.min(geometry.MIN_BOX_PX, image.height) - 1e-9, `${box}`);
  for (const side of box) assert.equal(side, Math.round(side * 10) / 10);
}

test('a point goes to the screen and back to where it was', () => {
  const random = seeded(1);
  for (let i = 0; i < 2000; i += 1) {
    const view = randomView(random);
    const point = { x: random.real(-500, 4000), y: random.real(-500, 4000) };
    const back = geometry.screenToImage(view, geometry.imageToScreen(view, point));
    near(back.x, point.x);
    near(back.y, point.y);
  }
});

test('the fitted view is what object-fit contain does', () => {
  assert.deepEqual(geometry.fitView(IMAGE, { width: 1000, height: 600 }), { scale: 0.2, x: 250, y: 0 });
  assert.deepEqual(geometry.fitView(IMAGE, { width: 500, height: 1000 }), { scale: 0.2, x: 0, y: 200 });
});

test('zooming keeps the image point under the pointer, within the limits', () => {
  const random = seeded(2);
  const limits = { min: 0.1, max: 12 };
  for (let i = 0; i < 2000; i += 1) {
    const view = { ...randomView(random), scale: random.real(0.1, 12) };
    const pointer = { x: random.real(0, 1000), y: random.real(0, 800) };
    const zoomed = geometry.zoomAbout(view, pointer, random.real(0.2, 5), limits);
    const [before, after] = [view, zoomed].map((v) => geometry.screenToImage(v, pointer));
    near(before.x, after.x);
    near(before.y, after.y);
    assert.ok(zoomed.scale >= limits.min && zoomed.scale <= limits.max);
  }
});

test('a constrained view keeps the middle of the stage on the film, and leaves a good view alone', () => {
  const random = seeded(3);
  for (let i = 0; i < 1000; i += 1) {
    const view = geometry.constrainView(randomView(random), IMAGE, STAGE);
    const middle = geometry.screenToImage(view, { x: 500, y: 400 });
    assert.ok(middle.x >= -1e-6 && middle.x <= IMAGE.width + 1e-6);
    assert.ok(middle.y >= -1e-6 && middle.y <= IMAGE.height + 1e-6);
    assert.deepEqual(geometry.constrainView(view, IMAGE, STAGE), view);
  }
});

test('the visible part is the whole film when it is fitted, and nothing when it is away', () => {
  const fitted = geometry.fitView(IMAGE, STAGE);
  geometry.visibleBox(fitted, IMAGE, STAGE).forEach((side, i) => near(side, [0, 0, 2500, 3000][i]));
  assert.equal(geometry.visibleBox({ scale: 1, x: 5000, y: 0 }, IMAGE, STAGE), null);
});

test('a region shown is in the middle, wholly visible', () => {
  const random = seeded(4);
  for (let i = 0; i < 500; i += 1) {
    const box = randomBox(random);
    const view = geometry.viewOfBox(box, STAGE, { min: 0.001, max: 2 });
    const [left, top, right, bottom] = geometry.boxToScreen(view, box);
    near((left + right) / 2, 500);
    near((top + bottom) / 2, 400);
    assert.ok(left >= 0 && top >= 0 && right <= 1000 && bottom <= 800);
  }
});

test('a box dragged in any direction has its corners in order', () => {
  assert.deepEqual(geometry.normaliseBox([9, 8, 1, 2]), [1, 2, 9, 8]);
  assert.deepEqual(geometry.normaliseBox([1, 8, 9, 2]), [1, 2, 9, 8]);
});

test('a clamped box lies in the image, is large enough, in tenths, and stays as it is', () => {
  const random = seeded(5);
  const images = [IMAGE, { width: 7, height: 5 }, { width: 4, height: 4 }, { width: 3, height: 9 }];
  for (let i = 0; i < 4000; i += 1) {
    const image = random.one(images);
    const box = randomBox(random, image);
    assertStorable(box, image);
    assert.deepEqual(geometry.clampBox(box, image), box);
  }
});

test('a click becomes the smallest box around the click, also at the edge', () => {
  assert.deepEqual(geometry.clampBox([100, 100, 100, 100], IMAGE), [98, 98, 102, 102]);
  assert.deepEqual(geometry.clampBox([0, 0, 0, 0], IMAGE), [0, 0, 4, 4]);
  assert.deepEqual(geometry.clampBox([2600, 3100, 2600, 3100], IMAGE), [2496, 2996, 2500, 3000]);
});

test('a moved box keeps its size and stops at the edge', () => {
  const random = seeded(6);
  for (let i = 0; i < 2000; i += 1) {
    const box = randomBox(random);
    const moved = geometry.moveBox(box, random.real(-3000, 3000), random.real(-3000, 3000), IMAGE);
    assertStorable(moved, IMAGE);
    near(moved[2] - moved[0], box[2] - box[0], 1e-9);
    near(moved[3] - moved[1], box[3] - box[1], 1e-9);
  }
  assert.deepEqual(geometry.moveBox([10, 10, 20, 20], -50, 5000, IMAGE), [0, 2990, 10, 3000]);
});

test('each handle moves its own sides and no other', () => {
  const box = [100, 200, 300, 400];
  const point = { x: 150, y: 250 };
  const expected = {
    nw: [150, 250, 300, 400], n: [100, 250, 300, 400], ne: [100, 250, 150, 400], e: [100, 200, 150, 400],
    se: [100, 200, 150, 250], s: [100, 200, 300, 250], sw: [150, 200, 300, 250], w: [150, 200, 300, 400],
  };
  for (const handle of geometry.HANDLES) {
    assert.deepEqual(geometry.resizeBox(box, handle, point), { box: expected[handle], handle }, handle);
  }
});

test('a handle dragged past the opposite side turns the box over and changes its name', () => {
  const box = [100, 200, 300, 400];
  const flips = [
    ['se', { x: 50, y: 150 }, [50, 150, 100, 200], 'nw'], ['nw', { x: 350, y: 450 }, [300, 400, 350, 450], 'se'],
    ['ne', { x: 50, y: 300 }, [50, 300, 100, 400], 'nw'], ['sw', { x: 150, y: 100 }, [150, 100, 300, 200], 'nw'],
    ['e', { x: 40, y: 999 }, [40, 200, 100, 400], 'w'], ['w', { x: 340, y: 0 }, [300, 200, 340, 400], 'e'],
    ['n', { x: 0, y: 500 }, [100, 400, 300, 500], 's'], ['s', { x: 0, y: 100 }, [100, 100, 300, 200], 'n'],
  ];
  for (const [from, point, turned, to] of flips) {
    assert.deepEqual(geometry.resizeBox(box, from, point), { box: turned, handle: to }, from);
  }
});

test('after any resize the named handle is at the pointer', () => {
  const random = seeded(7);
  for (let i = 0; i < 3000; i += 1) {
    const from = random.one(geometry.HANDLES);
    const point = { x: random.real(0, 2500), y: random.real(0, 3000) };
    const { box, handle } = geometry.resizeBox(randomBox(random), from, point);
    assert.ok(box[0] <= box[2] && box[1] <= box[3]);
    const at = geometry.handlePoint(box, handle);
    if (/[ew]/.test(handle)) near(at.x, point.x);
    if (/[ns]/.test(handle)) near(at.y, point.y);
  }
});

test('the grip is the nearest handle, the inside, or nothing', () => {
  const view = { scale: 0.5, x: 10, y: 20 };
  const box = [200, 200, 600, 600]; // on the screen 110, 120, 310, 320
  const cases = [
    [110, 120, 'nw'], [210, 120, 'n'], [310, 120, 'ne'], [310, 220, 'e'], [313, 323, 'se'],
    [210, 322, 's'], [107, 323, 'sw'], [104, 220, 'w'], [210, 220, 'inside'], [130, 140, 'inside'],
    [90, 120, null], [400, 400, null],
  ];
  for (const [x, y, grip] of cases) assert.equal(geometry.gripAt(view, box, { x, y }, 9), grip, `${x}, ${y}`);
});

test('a box smaller than a fingertip can still be moved', () => {
  const view = { scale: 1, x: 0, y: 0 };
  assert.equal(geometry.gripAt(view, [100, 100, 112, 112], { x: 106, y: 106 }, 22), 'inside');
  assert.equal(geometry.gripAt(view, [100, 100, 112, 112], { x: 101, y: 101 }, 22), 'nw');
});

test('of overlapping shapes the smallest answers, a polygon only inside itself', () => {
  const view = { scale: 1, x: 0, y: 0 };
  const shapes = [
    { box: [0, 0, 400, 400] }, { box: [100, 100, 200, 200] },
    { box: [300, 300, 400, 400], polygon: [[300, 300], [400, 300], [300, 400]] },
  ];
  const at = (x, y, tolerance = 0) => geometry.topmostAt(view, shapes, { x, y }, tolerance);
  assert.equal(at(150, 150), 1);
  assert.equal(at(50, 50), 0);
  assert.equal(at(320, 320), 2);
  assert.equal(at(390, 390), 0);
  assert.equal(at(500, 50), -1);
  assert.equal(at(402, 50, 4), 0);
});

test('no boxes have no union', () => {
  assert.equal(geometry.unionBox([]), null);
  assert.deepEqual(geometry.unionBox([[1, 2, 3, 4], [0, 3, 2, 9]]), [0, 2, 3, 9]);
});
