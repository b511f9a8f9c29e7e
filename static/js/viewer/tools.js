/**
 * What a pointer does to a film: pan, draw, move and resize, window, pinch.
 *
 * One machine for mouse, pen and touch. Pointer events only record where things
 * are; the work is done once a frame. A gesture is {move, end, cancel}.
 *
 * @typedef {import('./geometry.js').Point} Point
 * @typedef {{
 *   element: HTMLElement, viewport: import('./viewport.js').Viewport,
 *   tool: () => 'pan'|'draw'|'window', canDraw: () => boolean,
 *   held: (key: string) => boolean,
 *   selectedBox: () => {id: string, box: number[]}|null,
 *   shapeAt: (point: Point, tolerance: number) => string|null,
 *   select: (id: string|null) => void, activate: () => void,
 *   preview: (id: string, box: number[]) => void,
 *   commitBox: (id: string, box: number[]) => void,
 *   band: (box: number[]|null) => void,
 *   drawn: (box: number[]) => void,
 *   hover: (point: Point|null, id: string|null) => void,
 *   windowing: (active: boolean) => void,
 * }} Host
 */

import {
  clampBox, gripAt, imageToScreen, moveBox, normaliseBox, resizeBox, screenToImage,
} from './geometry.js';

/** Less than this is a click, not a drag (CSS pixels; a finger is less steady). */
const CLICK_PX = { mouse: 4, pen: 6, touch: 10 };
const GRIP_PX = { mouse: 9, pen: 12, touch: 22 };
const EDGE_PX = { mouse: 4, pen: 8, touch: 14 };
/** One wheel notch (deltaY 100) zooms by this much; a pinch sends small deltas. */
const WHEEL_ZOOM = 1.0018;
const PINCH_ZOOM = 1.012;

const CURSORS = {
  inside: 'move', n: 'ns-resize', s: 'ns-resize', e: 'ew-resize', w: 'ew-resize',
  nw: 'nwse-resize', se: 'nwse-resize', ne: 'nesw-resize', sw: 'nesw-resize',
};

export class Tools {
  #host;
  #stop = new AbortController();
  #pointers = new Map();
  #gesture = null;
  #pinch = null;
  #corner = null;
  #hovering = null;
  #frame = 0;
  #wheel = null;
  #rect = null;

  /** @param {Host} host */
  constructor(host) {
    this.#host = host;
    const options = { signal: this.#stop.signal };
    const { element } = host;
    element.addEventListener('pointerdown', this.#down, options);
    element.addEventListener('pointermove', this.#move, options);
    element.addEventListener('pointerup', this.#up, options);
    element.addEventListener('pointercancel', this.#lost, options);
    element.addEventListener('pointerleave', this.#leave, options);
    element.addEventListener('contextmenu', (event) => event.preventDefault(), options);
    element.addEventListener('wheel', this.#onWheel, { ...options, passive: false });
    // A middle click starts the browser's own scrolling otherwise.
    element.addEventListener('mousedown', (event) => {
      if (event.button === 1) event.preventDefault();
    }, options);
  }

  dispose() {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
  }

  /** The first corner of a two-click box waits for its second. */
  get isPending() { return this.#corner !== null || this.#gesture !== null; }

  /** Let go of whatever is being done, as if it had not begun. */
  cancel() {
    this.#gesture?.cancel();
    this.#gesture = null;
    this.#dropCorner();
  }

  #dropCorner() {
    if (!this.#corner) return;
    this.#corner = null;
    this.#host.band(null);
  }

  /** The stage's place is measured when a gesture starts, not on every move. */
  #at(event) {
    this.#rect ??= this.#host.element.getBoundingClientRect();
    return { x: event.clientX - this.#rect.left, y: event.clientY - this.#rect.top };
  }

  #image(point) {
    return screenToImage(this.#host.viewport.view, point);
  }

  #later() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#run);
  }

  #run = () => {
    this.#frame = 0;
    const { viewport } = this.#host;
    if (this.#wheel) {
      viewport.zoom(this.#wheel.point, this.#wheel.factor);
      this.#wheel = null;
    }
    if (this.#pinch) this.#pinchMove();
    else if (this.#gesture?.point) this.#gesture.move(this.#gesture.point);
    else if (this.#hovering) this.#hover(this.#hovering);
  };

  #down = (event) => {
    const { element } = this.#host;
    this.#rect = null;
    const point = this.#at(event);
    this.#host.activate();
    // A film that takes the focus scrolls into view; it is in view already.
    if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, point);
    if (event.pointerType === 'touch' && this.#pointers.size === 2) {
      this.#gesture?.cancel();
      this.#gesture = null;
      const [a, b] = [...this.#pointers.values()];
      this.#pinch = { a, b };
      return;
    }
    if (this.#gesture || this.#pinch || this.#pointers.size > 1) return;
    this.#gesture = this.#choose(event, point);
  };

  #choose(event, point) {
    const { held, tool, canDraw } = this.#host;
    if (event.button === 1 || (event.button === 0 && held(' '))) return this.#panning(point);
    if (event.button === 2) return this.#windowing(point);
    if (event.button !== 0) return null;
    if (held('w') || tool() === 'window') return this.#windowing(point);
    const kind = event.pointerType;
    const selected = this.#host.selectedBox();
    if (canDraw() && selected && !this.#corner && !event.altKey) {
      const grip = gripAt(this.#host.viewport.view, selected.box, point, GRIP_PX[kind] ?? GRIP_PX.mouse);
      if (grip) return this.#adjusting(selected, grip, point, kind);
    }
    if (canDraw() && tool() === 'draw') return this.#drawing(point, kind, event.altKey);
    return this.#panning(point, kind);
  }

  #isClick(from, to, kind) {
    return Math.hypot(to.x - from.x, to.y - from.y) < (CLICK_PX[kind] ?? CLICK_PX.mouse);
  }

  #panning(start, kind = null) {
    let last = start;
    this.#host.element.classList.add('is-panning');
    const done = () => this.#host.element.classList.remove('is-panning');
    return {
      move: (point) => {
        if (kind && last === start && this.#isClick(start, point, kind)) return;
        this.#host.viewport.pan(point.x - last.x, point.y - last.y);
        last = point;
      },
      end: (point) => {
        done();
        if (kind && this.#isClick(start, point, kind)) {
          this.#host.select(this.#host.shapeAt(point, EDGE_PX[kind] ?? EDGE_PX.mouse));
        }
      },
      cancel: done,
    };
  }

  #windowing(start) {
    const { viewport } = this.#host;
    const before = viewport.window;
    this.#host.windowing(true);
    return {
      move: (point) => viewport.dragWindow(before, point.x - start.x, point.y - start.y),
      end: () => this.#host.windowing(false),
      cancel: () => {
        viewport.setWindow(before);
        this.#host.windowing(false);
      },
    };
  }

  #adjusting({ id, box }, grip, start, kind) {
    const { viewport } = this.#host;
    const from = this.#image(start);
    let now = box;
    return {
      move: (point) => {
        if (now === box && this.#isClick(start, point, kind)) return;
        const to = this.#image(point);
        now = grip === 'inside'
          ? moveBox(box, to.x - from.x, to.y - from.y, viewport.image)
          : clampBox(resizeBox(box, grip, to).box, viewport.image);
        this.#host.preview(id, now);
      },
      end: (point) => {
        if (now !== box) {
          this.#host.commitBox(id, now);
          return;
        }
        // A click inside the selected box goes through to a smaller one under it.
        const under = this.#host.shapeAt(point, 0);
        if (under) this.#host.select(under);
      },
      cancel: () => this.#host.preview(id, box),
    };
  }

  #drawing(start, kind, force) {
    const { viewport } = this.#host;
    const first = this.#corner ?? this.#image(start);
    const second = this.#corner !== null;
    const boxTo = (point) => {
      const to = this.#image(point);
      return clampBox(normaliseBox([first.x, first.y, to.x, to.y]), viewport.image);
    };
    return {
      move: (point) => {
        if (second || !this.#isClick(start, point, kind)) this.#host.band(boxTo(point));
      },
      end: (point) => {
        if (!second && this.#isClick(start, point, kind)) {
          const under = force ? null : this.#host.shapeAt(point, EDGE_PX[kind] ?? EDGE_PX.mouse);
          if (under) {
            this.#host.band(null);
            this.#host.select(under);
          } else {
            this.#corner = first;
            this.#host.band(boxTo(point));
          }
          return;
        }
        // The second half of a double click is no second corner.
        const corner = imageToScreen(viewport.view, first);
        if (this.#isClick(corner, point, kind)) return;
        this.#dropCorner();
        this.#host.band(null);
        this.#host.drawn(boxTo(point));
      },
      cancel: () => this.#host.band(null),
    };
  }

  #move = (event) => {
    if (this.#pointers.has(event.pointerId)) {
      this.#pointers.set(event.pointerId, this.#at(event));
      if (this.#gesture) this.#gesture.point = this.#at(event);
    } else {
      this.#hovering = event;
    }
    this.#later();
  };

  #hover(event) {
    this.#hovering = null;
    const point = this.#at(event);
    const { element, viewport } = this.#host;
    if (this.#corner) {
      const to = this.#image(point);
      this.#host.band(clampBox([this.#corner.x, this.#corner.y, to.x, to.y], viewport.image));
    }
    const selected = this.#host.canDraw() ? this.#host.selectedBox() : null;
    const grip = selected && !this.#corner
      ? gripAt(viewport.view, selected.box, point, GRIP_PX.mouse)
      : null;
    element.style.cursor = grip ? CURSORS[grip] : '';
    this.#host.hover(point, this.#host.shapeAt(point, EDGE_PX.mouse));
  }

  #pinchMove() {
    const [a, b] = [...this.#pointers.values()];
    if (!a || !b) return;
    const { viewport } = this.#host;
    const before = this.#pinch;
    const middle = (p, q) => ({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 });
    const spread = (p, q) => Math.max(Math.hypot(p.x - q.x, p.y - q.y), 1);
    const [from, to] = [middle(before.a, before.b), middle(a, b)];
    viewport.zoom(from, spread(a, b) / spread(before.a, before.b));
    viewport.pan(to.x - from.x, to.y - from.y);
    this.#pinch = { a, b };
  }

  #up = (event) => {
    if (!this.#pointers.delete(event.pointerId)) return;
    if (this.#pinch) {
      // The finger that is left must not start to draw: wait until all are lifted.
      if (this.#pointers.size === 0) this.#pinch = null;
      return;
    }
    const gesture = this.#gesture;
    this.#gesture = null;
    if (!gesture) return;
    const point = this.#at(event);
    gesture.move(point);
    gesture.end(point);
  };

  #lost = (event) => {
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size === 0) this.#pinch = null;
    this.#gesture?.cancel();
    this.#gesture = null;
  };

  #leave = () => {
    this.#hovering = null;
    this.#host.hover(null, null);
  };

  #onWheel = (event) => {
    event.preventDefault();
    this.#rect = null;
    this.#host.activate();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const factor = (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM) ** (-event.deltaY * lines);
    this.#wheel = { point: this.#at(event), factor: (this.#wheel?.factor ?? 1) * factor };
    this.#later();
  };
}
