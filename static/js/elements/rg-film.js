/**
 * One film: `<rg-film>` around the server's preview image. Takes over in the
 * place of the preview, then swaps to the full depth when that has come.
 */

import { topmostAt } from '../viewer/geometry.js';
import { Overlay } from '../viewer/overlay.js';
import { loadPixels, readyPixels } from '../viewer/pixel-store.js';
import { createRenderer } from '../viewer/renderer.js';
import { Tools } from '../viewer/tools.js';
import { Viewport } from '../viewer/viewport.js';
import { valuesOfPreview } from '../viewer/windowing.js';
import { say } from './page.js';

export class RgFilm extends HTMLElement {
  #canvas = null;
  #renderer = null;
  #tools = null;
  #observer = null;
  #hint = null;
  #readout = null;
  #shapes = [];
  #frame = 0;
  #running = 0;
  #waiting = false;
  #presets = null;
  #shown = '';

  viewport = null;
  overlay = null;

  get imageId() { return this.dataset.image; }
  get board() { return this.closest('rg-film-board'); }
  get columns() { return Number(this.dataset.columns); }
  get rows() { return Number(this.dataset.rows); }
  get max() { return Number(this.dataset.max); }
  get preview() { return this.querySelector('.film-preview'); }
  get isBusy() { return this.#tools?.isPending ?? false; }

  get presets() {
    this.#presets ??= JSON.parse(this.dataset.presets || '[]');
    return this.#presets;
  }

  connectedCallback() {
    this.#running += 1;
    delete this.dataset.depth;
    this.#shown = '';
    const image = { width: this.columns, height: this.rows };
    this.viewport = new Viewport({
      key: this.imageId,
      image,
      max: this.max,
      window: { centre: Number(this.dataset.center), width: Number(this.dataset.width) },
      onChange: () => this.#later(),
    });
    this.#canvas = document.createElement('canvas');
    this.#canvas.className = 'film-canvas';
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.overlay = new Overlay(image);
    this.#hint = document.createElement('p');
    this.#hint.className = 'film-hint';
    this.#readout = document.createElement('p');
    this.#readout.className = 'film-readout';
    this.append(this.#canvas, this.overlay.element, this.#readout, this.#hint);
    this.tabIndex = 0;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', this.preview?.alt ?? '');
    this.#renderer = createRenderer(this.#canvas, {
      onRestored: () => this.#later(), kind: this.dataset.renderer,
    });
    this.#tools = new Tools(this.#host());
    this.#observer = new ResizeObserver(() => this.measure());
    this.#observer.observe(this);
    window.addEventListener('beforeprint', this.#print);
    window.addEventListener('afterprint', this.#printed);
    this.#waiting = true;
    this.measure();
  }

  disconnectedCallback() {
    this.#running += 1;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#observer.disconnect();
    this.#tools.dispose();
    this.#renderer.dispose();
    window.removeEventListener('beforeprint', this.#print);
    window.removeEventListener('afterprint', this.#printed);
    this.#canvas.remove();
    this.overlay.element.remove();
    this.#hint.remove();
    this.#readout.remove();
    this.classList.remove('is-drawn');
  }

  #print = () => this.overlay.setPrinting(true);

  #printed = () => this.overlay.setPrinting(false);

  /** Follow the film's place on the page; what hangs from now on can be shown at once. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this;
    const { stage } = this.viewport;
    // A film that does not hang yet leaves the network to those that do.
    if (width === 0 || height === 0) return;
    if (this.#waiting) {
      this.#waiting = false;
      this.viewport.resize({ width, height });
      this.#show(this.#running);
      return;
    }
    if (width === stage.width && height === stage.height) return;
    this.viewport.resize({ width, height });
    // Drawn at once: a canvas that is stretched for a frame is a visible jump.
    this.#draw();
  }

  /** Draw from the best pixels there are, and fetch better ones. */
  async #show(run) {
    const url = this.dataset.pixelsUrl;
    const ready = readyPixels(url);
    if (ready) {
      this.#use(ready.levels, 'full');
      return;
    }
    const tell = (progress) => {
      if (run === this.#running) this.#say(say('film-loading', { percent: Math.round(progress * 100) }));
    };
    tell(0);
    const full = loadPixels({
      url,
      columns: this.columns,
      rows: this.rows,
      workerUrl: this.board?.dataset.workerUrl ?? new URL('../viewer/pixel-worker.js', import.meta.url),
      onProgress: tell,
    });
    full.then(
      ({ levels, decodeMs }) => {
        if (run !== this.#running) return;
        this.dataset.decodeMs = decodeMs.toFixed(1);
        this.#use(levels, 'full');
        this.#say('');
      },
      () => {
        if (run !== this.#running) return;
        this.dataset.depth = 'failed';
        // Only this is worth a reader's ear; the progress is for the eye.
        this.#hint.setAttribute('role', 'status');
        this.#say(say('film-failed'));
      },
    );
    const levels = await this.#previewLevels();
    if (run === this.#running && levels && this.dataset.depth !== 'full') this.#use(levels, 'preview');
  }

  /** The preview as stored values; null when the picture could not be loaded. */
  async #previewLevels() {
    const picture = this.preview;
    if (!picture) return null;
    try {
      await picture.decode();
    } catch (error) {
      if (error instanceof DOMException) return null;
      throw error;
    }
    const canvas = document.createElement('canvas');
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const values = valuesOfPreview(data, this.viewport.initialWindow, this.max);
    return [{ columns: canvas.width, rows: canvas.height, values }];
  }

  #use(levels, depth) {
    this.#renderer.setSource({ columns: this.columns, rows: this.rows, levels });
    this.dataset.depth = depth;
    this.#draw();
    this.classList.add('is-drawn');
  }

  #say(text) {
    this.#hint.textContent = text;
  }

  #later() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#draw);
  }

  #draw = () => {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { view, window: values, inverted, stage, max } = this.viewport;
    if (stage.width === 0) return;
    this.#renderer.draw({
      view, window: values, inverted, max, width: stage.width, height: stage.height,
      dpr: Math.min(window.devicePixelRatio || 1, 3),
    });
    this.overlay.setView(view);
    const percent = Math.round(view.scale * (window.devicePixelRatio || 1) * 100);
    const readout = say('film-readout', { ...values, percent });
    // Beside another view, a film says which one it is.
    this.#readout.textContent = [this.dataset.label, readout].filter(Boolean).join(' · ');
    const shown = `${values.centre}/${values.width}/${inverted}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    // The board may not be upgraded yet: it reads all states when it starts.
    this.board?.filmChanged?.(this);
  };

  /** Show these marks and regions; later pointer hits are tested against them. */
  setShapes(shapes) {
    this.#shapes = shapes;
    this.overlay.render(shapes);
  }

  cancel() {
    this.#tools.cancel();
  }

  /** @returns {import('../viewer/tools.js').Host} */
  #host() {
    const board = () => this.board;
    return {
      element: this,
      viewport: this.viewport,
      tool: () => board().tool,
      canDraw: () => board().canDraw,
      held: (key) => board().isHeld(key),
      activate: () => board().activate(this),
      selectedBox: () => this.#shapes.find((shape) => shape.selected) ?? null,
      shapeAt: (point, tolerance) => {
        const at = topmostAt(this.viewport.view, this.#shapes, point, tolerance);
        return at < 0 ? null : this.#shapes[at].id;
      },
      select: (id) => board().shapeClicked(this, id),
      preview: (id, box) => this.overlay.moveShape(id, box),
      commitBox: (id, box) => board().boxChanged(id, box),
      band: (box) => this.overlay.setBand(box, board().pickedColour),
      drawn: (box) => board().boxDrawn(this, box),
      hover: (point, id) => board().shapeHovered(this, id),
      windowing: (active) => this.classList.toggle('is-windowing', active),
    };
  }
}
