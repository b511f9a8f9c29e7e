/** What one film shows: where (view), how bright (window), inverted or not. */

import { centreView, constrainView, fitView, viewOfBox, zoomAbout } from './geometry.js';
import { clampWindow, dragWindow } from './windowing.js';

/** The most CSS pixels one source pixel may take. */
const MAX_SCALE = 12;

/**
 * How films were last looked at, by image: the feedback that replaces the
 * reading shows the same part of the film in the same window.
 * @type {Map<string, object>}
 */
const remembered = new Map();
const REMEMBERED_FILMS = 24;

export class Viewport {
  #onChange;

  /**
   * @param {{key: string, image: {width: number, height: number}, max: number,
   *   window: {centre: number, width: number}, onChange: () => void}} options
   */
  constructor({ key, image, max, window, onChange }) {
    this.key = key;
    this.image = image;
    this.max = max;
    this.initialWindow = clampWindow(window, max);
    this.window = this.initialWindow;
    this.inverted = false;
    this.stage = { width: 0, height: 0 };
    this.view = { scale: 1, x: 0, y: 0 };
    this.fitted = true;
    this.#onChange = onChange;
    const before = remembered.get(key);
    if (before) {
      this.window = before.window;
      this.inverted = before.inverted;
      this.fitted = before.fitted;
      this.view = before.view;
      this.stage = before.stage;
    }
  }

  get limits() {
    const fit = fitView(this.image, this.stage).scale;
    return { min: fit, max: Math.max(MAX_SCALE, fit) };
  }

  /** Follow the stage's size: a fitted film stays fitted, else its middle stays in the middle. */
  resize(stage) {
    if (stage.width === 0 || stage.height === 0) return;
    const before = this.stage;
    this.stage = stage;
    if (this.fitted || before.width === 0) {
      this.fitted = true;
      this.#set(fitView(this.image, stage));
      return;
    }
    const middle = {
      x: (before.width / 2 - this.view.x) / this.view.scale,
      y: (before.height / 2 - this.view.y) / this.view.scale,
    };
    this.#set(centreView(this.view, middle, stage));
  }

  fit() {
    this.fitted = true;
    this.#set(fitView(this.image, this.stage));
  }

  /** One source pixel on one device pixel. */
  oneToOne(devicePixelRatio) {
    const scale = 1 / devicePixelRatio;
    if (scale < this.limits.min) {
      // A film smaller than its stage: the one view below the fitted one.
      this.fitted = false;
      const middle = { x: this.image.width / 2, y: this.image.height / 2 };
      this.#set(centreView({ ...this.view, scale }, middle, this.stage));
      return;
    }
    const middle = { x: this.stage.width / 2, y: this.stage.height / 2 };
    this.zoom(middle, scale / this.view.scale);
  }

  zoom(point, factor) {
    const view = zoomAbout(this.view, point, factor, this.limits);
    // Zooming out ends in the fitted view, not in a small film off the middle.
    if (view.scale <= this.limits.min * 1.001) {
      this.fit();
      return;
    }
    this.fitted = false;
    this.#set(view);
  }

  pan(dx, dy) {
    this.fitted = false;
    this.#set({ scale: this.view.scale, x: this.view.x + dx, y: this.view.y + dy });
  }

  centreOn(point) {
    this.fitted = false;
    this.#set(centreView(this.view, point, this.stage));
  }

  showBox(box) {
    const view = viewOfBox(box, this.stage, { min: this.limits.min, max: 2 });
    if (view.scale <= this.limits.min * 1.001) {
      this.fit();
      return;
    }
    this.fitted = false;
    this.#set(view);
  }

  setWindow(window) {
    this.window = clampWindow(window, this.max);
    this.#changed();
  }

  dragWindow(from, dx, dy) {
    this.window = dragWindow(from, dx, dy, this.max);
    this.#changed();
  }

  invert() {
    this.inverted = !this.inverted;
    this.#changed();
  }

  reset() {
    this.window = this.initialWindow;
    this.inverted = false;
    this.fit();
  }

  #set(view) {
    this.view = constrainView(view, this.image, this.stage);
    this.#changed();
  }

  #changed() {
    const { view, window, inverted, fitted, stage } = this;
    remembered.delete(this.key);
    remembered.set(this.key, { view, window, inverted, fitted, stage });
    if (remembered.size > REMEMBERED_FILMS) remembered.delete(remembered.keys().next().value);
    this.#onChange();
  }
}
