/**
 * The viewer's arithmetic: no document, no state, no rounding surprises.
 *
 * Two spaces. *Image*: source pixels, origin at the top left corner of the top
 * left pixel, boxes are [x_min, y_min, x_max, y_max], half-open. *Screen*: CSS
 * pixels inside the film's stage. A view {scale, x, y} joins them:
 * screen = image * scale + (x, y).
 *
 * @typedef {{scale: number, x: number, y: number}} View
 * @typedef {{x: number, y: number}} Point
 * @typedef {{width: number, height: number}} Size
 * @typedef {[number, number, number, number]} Box
 * @typedef {'nw'|'n'|'ne'|'e'|'se'|'s'|'sw'|'w'} Handle
 */

/** Boxes are kept to a tenth of a source pixel, so all clamping happens in whole tenths. */
const TENTHS = 10;
export const MIN_BOX_PX = 4;
/** @type {Handle[]} Corners come first: on a small box they win over the edges. */
export const HANDLES = ['nw', 'ne', 'se', 'sw', 'n', 'e', 's', 'w'];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** @param {View} view @param {Point} point @returns {Point} */
export function imageToScreen(view, point) {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

/** @param {View} view @param {Point} point @returns {Point} */
export function screenToImage(view, point) {
  return { x: (point.x - view.x) / view.scale, y: (point.y - view.y) / view.scale };
}

/** The view that shows the whole image, centred: what `object-fit: contain` does. */
export function fitView(image, stage) {
  const scale = Math.min(stage.width / image.width, stage.height / image.height);
  return {
    scale,
    x: (stage.width - image.width * scale) / 2,
    y: (stage.height - image.height * scale) / 2,
  };
}

/** Zoom so that the image point under `point` (screen) stays under it. */
export function zoomAbout(view, point, factor, limits) {
  const scale = clamp(view.scale * factor, limits.min, limits.max);
  const ratio = scale / view.scale;
  return {
    scale,
    x: point.x - (point.x - view.x) * ratio,
    y: point.y - (point.y - view.y) * ratio,
  };
}

/** Keep the middle of the stage on the image, so that a film cannot be lost. */
export function constrainView(view, image, stage) {
  return {
    scale: view.scale,
    x: clamp(view.x, stage.width / 2 - image.width * view.scale, stage.width / 2),
    y: clamp(view.y, stage.height / 2 - image.height * view.scale, stage.height / 2),
  };
}

/** The view with the image point `point` in the middle of the stage. */
export function centreView(view, point, stage) {
  return {
    scale: view.scale,
    x: stage.width / 2 - point.x * view.scale,
    y: stage.height / 2 - point.y * view.scale,
  };
}

/** The part of the image that the stage shows; null when it shows none. */
export function visibleBox(view, image, stage) {
  const from = screenToImage(view, { x: 0, y: 0 });
  const to = screenToImage(view, { x: stage.width, y: stage.height });
  const box = [
    clamp(from.x, 0, image.width), clamp(from.y, 0, image.height),
    clamp(to.x, 0, image.width), clamp(to.y, 0, image.height),
  ];
  return box[2] > box[0] && box[3] > box[1] ? box : null;
}

/** The smallest box around all of them; null for none. */
export function unionBox(boxes) {
  if (boxes.length === 0) return null;
  return [
    Math.min(...boxes.map((box) => box[0])), Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])), Math.max(...boxes.map((box) => box[3])),
  ];
}

/** A view with `box` in the middle and as much film around it again, within the limits. */
export function viewOfBox(box, stage, limits) {
  const [left, top, right, bottom] = box;
  const scale = clamp(
    Math.min(stage.width / ((right - left) * 2.4), stage.height / ((bottom - top) * 2.4)),
    limits.min, limits.max,
  );
  return centreView({ scale, x: 0, y: 0 }, { x: (left + right) / 2, y: (top + bottom) / 2 }, stage);
}

/** Corners in order, whichever way the box was dragged. @returns {Box} */
export function normaliseBox([xa, ya, xb, yb]) {
  return [Math.min(xa, xb), Math.min(ya, yb), Math.max(xa, xb), Math.max(ya, yb)];
}

/** One side of a box in whole tenths: inside [0, limit] and at least `least` long. */
function clampSide(from, to, limit, least) {
  const low = clamp(from, 0, limit);
  const high = clamp(to, 0, limit);
  if (high - low >= least) return [low, high];
  if (limit <= least) return [0, limit];
  const start = clamp(Math.round((low + high - least) / 2), 0, limit - least);
  return [start, start + least];
}

/** A box that can be stored: in order, in the image, large enough, in tenths. @returns {Box} */
export function clampBox(box, image, least = MIN_BOX_PX) {
  const [xa, ya, xb, yb] = normaliseBox(box).map((side) => Math.round(side * TENTHS));
  const [left, right] = clampSide(xa, xb, image.width * TENTHS, least * TENTHS);
  const [top, bottom] = clampSide(ya, yb, image.height * TENTHS, least * TENTHS);
  return [left / TENTHS, top / TENTHS, right / TENTHS, bottom / TENTHS];
}

/** Move without change of size; the image's edge stops it. @returns {Box} */
export function moveBox(box, dx, dy, image) {
  const [left, top, right, bottom] = box.map((side) => Math.round(side * TENTHS));
  const x = clamp(Math.round(dx * TENTHS), -left, image.width * TENTHS - right);
  const y = clamp(Math.round(dy * TENTHS), -top, image.height * TENTHS - bottom);
  return [left + x, top + y, right + x, bottom + y].map((side) => side / TENTHS);
}

const OPPOSITE = { n: 's', s: 'n', e: 'w', w: 'e' };

/**
 * Put the sides named by `handle` at `point`. A side dragged past its opposite
 * turns the box over; the handle that is then under the pointer is returned too.
 * @returns {{box: Box, handle: Handle}}
 */
export function resizeBox(box, handle, point) {
  let [left, top, right, bottom] = box;
  if (handle.includes('w')) left = point.x;
  if (handle.includes('e')) right = point.x;
  if (handle.includes('n')) top = point.y;
  if (handle.includes('s')) bottom = point.y;
  let [vertical, horizontal] = [handle.match(/[ns]/)?.[0] ?? '', handle.match(/[ew]/)?.[0] ?? ''];
  if (left > right && horizontal) horizontal = OPPOSITE[horizontal];
  if (top > bottom && vertical) vertical = OPPOSITE[vertical];
  return { box: normaliseBox([left, top, right, bottom]), handle: vertical + horizontal };
}

/** Where the handle sits on the box, in the box's own space. @returns {Point} */
export function handlePoint([left, top, right, bottom], handle) {
  return {
    x: handle.includes('w') ? left : handle.includes('e') ? right : (left + right) / 2,
    y: handle.includes('n') ? top : handle.includes('s') ? bottom : (top + bottom) / 2,
  };
}

/** @returns {Box} */
export function boxToScreen(view, [left, top, right, bottom]) {
  const from = imageToScreen(view, { x: left, y: top });
  const to = imageToScreen(view, { x: right, y: bottom });
  return [from.x, from.y, to.x, to.y];
}

export const boxContains = ([left, top, right, bottom], { x, y }) =>
  x >= left && x < right && y >= top && y < bottom;

export const boxArea = ([left, top, right, bottom]) => (right - left) * (bottom - top);

/**
 * What a pointer at `point` (screen) takes hold of on a selected box: a handle,
 * 'inside', or null. The middle half always moves the box: otherwise a box
 * smaller than a fingertip could only be resized.
 */
export function gripAt(view, box, point, radius) {
  const onScreen = boxToScreen(view, box);
  const [left, top, right, bottom] = onScreen;
  const [quarterX, quarterY] = [(right - left) / 4, (bottom - top) / 4];
  const middle = [left + quarterX, top + quarterY, right - quarterX, bottom - quarterY];
  if (boxContains(middle, point)) return 'inside';
  let best = null;
  let nearest = radius;
  for (const handle of HANDLES) {
    const at = handlePoint(onScreen, handle);
    const distance = Math.hypot(at.x - point.x, at.y - point.y);
    if (distance < nearest) [best, nearest] = [handle, distance];
  }
  return best ?? (boxContains(onScreen, point) ? 'inside' : null);
}

/**
 * The index of the shape at `point` (screen): of those that hold it, the
 * smallest, so that a nodule inside an effusion can be reached. -1 for none.
 */
export function topmostAt(view, shapes, point, tolerance) {
  let best = -1;
  let smallest = Infinity;
  shapes.forEach(({ box, polygon }, index) => {
    const [left, top, right, bottom] = boxToScreen(view, box);
    const roomy = [left - tolerance, top - tolerance, right + tolerance, bottom + tolerance];
    if (!boxContains(roomy, point)) return;
    if (polygon && !polygonContains(polygon, screenToImage(view, point))) return;
    const area = boxArea(box);
    if (area < smallest) [best, smallest] = [index, area];
  });
  return best;
}

/** Even-odd rule. @param {number[][]} polygon vertices [x, y] */
export function polygonContains(polygon, { x, y }) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
