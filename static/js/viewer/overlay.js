/**
 * The marks and reference regions over one film, in SVG. Everything is drawn
 * once in source pixels; panning and zooming change a single transform.
 *
 * @typedef {{id: string, box: number[], polygon?: number[][]|null, label: string,
 *   aria: string, classes: string[], colour?: number|null, selected?: boolean,
 *   below?: boolean}} Shape `below`: the label stands under the shape, not over it
 */

import { HANDLES, handlePoint } from './geometry.js';

const SVG = 'http://www.w3.org/2000/svg';
const HANDLE_PX = 9;
/** A label goes inside its box when there is no room for it above. */
const LABEL_ROOM_PX = 20;

function make(name, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
}

export class Overlay {
  #svg;
  #plane;
  #band;
  #handles;
  #size;
  #shapes = new Map();
  #scale = 0;
  #drawnAt = { x: 0, y: 0 };
  #view = null;
  #printing = false;
  #lit = null;

  /** @param {{width: number, height: number}} size the film's, in source pixels */
  constructor(size) {
    this.#size = size;
    this.#svg = make('svg', { class: 'film-overlay' });
    this.#plane = make('g', {}, this.#svg);
    this.#handles = make('g', { class: 'handles', 'aria-hidden': 'true' }, this.#plane);
    this.#band = make('rect', { class: 'band', 'vector-effect': 'non-scaling-stroke' }, this.#plane);
    this.#band.style.display = 'none';
    for (const handle of HANDLES) {
      const place = make('g', { 'data-handle': handle }, this.#handles);
      make('rect', {
        class: 'handle', x: -HANDLE_PX / 2, y: -HANDLE_PX / 2, width: HANDLE_PX, height: HANDLE_PX,
      }, place);
    }
    this.#handles.style.display = 'none';
  }

  get element() { return this.#svg; }

  shapeElement(id) { return this.#shapes.get(id)?.group ?? null; }

  idOf(element) {
    return element.closest?.('[data-shape]')?.dataset.shape ?? null;
  }

  /**
   * A pan only moves the layer, by whole device pixels, which the compositor does
   * without drawing anything again; so labels stay sharp and lie at most half a
   * device pixel off. A zoom draws anew.
   */
  setView(view) {
    this.#view = view;
    if (this.#printing) return;
    if (view.scale !== this.#scale) {
      this.#scale = view.scale;
      this.#drawnAt = { x: view.x - Math.floor(view.x), y: view.y - Math.floor(view.y) };
      const { x, y } = this.#drawnAt;
      this.#plane.setAttribute('transform', `matrix(${view.scale} 0 0 ${view.scale} ${x} ${y})`);
      // Labels and handles keep their size on the screen: the stylesheet divides by this.
      this.#svg.style.setProperty('--scale', view.scale);
    }
    const dpr = window.devicePixelRatio || 1;
    const snap = (value) => Math.round(value * dpr) / dpr;
    const [x, y] = [snap(view.x - this.#drawnAt.x), snap(view.y - this.#drawnAt.y)];
    this.#svg.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** For paper the browser lays the page out anew: let it fit the film itself. */
  setPrinting(printing) {
    const { width, height } = this.#size;
    this.#printing = printing;
    if (printing) {
      this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
      this.#plane.removeAttribute('transform');
      this.#svg.style.transform = '';
      this.#svg.style.setProperty('--scale', 800 / height);
    } else {
      this.#svg.removeAttribute('viewBox');
      this.#scale = 0;
      if (this.#view) this.setView(this.#view);
    }
  }

  /** @param {Shape[]} shapes in drawing order; those that are gone are removed */
  render(shapes) {
    const wanted = new Set(shapes.map((shape) => shape.id));
    for (const [id, { group }] of this.#shapes) {
      if (!wanted.has(id)) {
        group.remove();
        this.#shapes.delete(id);
      }
    }
    let selected = null;
    shapes.forEach((shape, index) => {
      const parts = this.#shapes.get(shape.id) ?? this.#create(shape);
      this.#update(parts, shape);
      // Moving an element in the document takes its focus away: only where the order changed.
      const at = this.#plane.children[index];
      if (at !== parts.group) this.#plane.insertBefore(parts.group, at);
      if (shape.selected) selected = shape;
    });
    this.#placeHandles(selected?.box ?? null);
  }

  #create(shape) {
    const group = make('g', { 'data-shape': shape.id, tabindex: '0' });
    const outline = { 'vector-effect': 'non-scaling-stroke' };
    const isPolygon = Boolean(shape.polygon);
    const parts = {
      group,
      under: make(isPolygon ? 'polygon' : 'rect', { ...outline, class: 'under' }, group),
      line: make(isPolygon ? 'polygon' : 'rect', { ...outline, class: 'line' }, group),
    };
    parts.place = make('g', {}, group);
    parts.label = make('text', { class: 'label', 'aria-hidden': 'true' }, parts.place);
    this.#shapes.set(shape.id, parts);
    return parts;
  }

  #update(parts, shape) {
    const { group, label } = parts;
    const states = [shape.selected && 'is-selected', this.#lit?.has(shape.id) && 'is-lit'];
    group.setAttribute('class', ['shape', ...shape.classes, ...states].filter(Boolean).join(' '));
    group.setAttribute('aria-label', shape.aria);
    group.setAttribute('role', shape.selected === undefined ? 'img' : 'button');
    if (shape.selected !== undefined) group.setAttribute('aria-pressed', String(shape.selected));
    if (shape.colour != null) group.dataset.colour = shape.colour;
    else delete group.dataset.colour;
    if (label.textContent !== shape.label) label.textContent = shape.label;
    parts.below = shape.below ?? false;
    this.#place(parts, shape.box, shape.polygon);
  }

  #place({ under, line, place, label, below }, box, polygon) {
    const [left, top, right, bottom] = box;
    for (const outline of [under, line]) {
      if (polygon) {
        outline.setAttribute('points', polygon.map((point) => point.join(',')).join(' '));
      } else {
        outline.setAttribute('x', left);
        outline.setAttribute('y', top);
        outline.setAttribute('width', right - left);
        outline.setAttribute('height', bottom - top);
      }
    }
    const room = (below ? this.#size.height - bottom : top) * (this.#scale || 1);
    const inside = room < LABEL_ROOM_PX;
    label.setAttribute('x', inside ? 5 : 0);
    label.setAttribute('y', inside === below ? -6 : 15);
    place.setAttribute('transform', `translate(${left} ${below ? bottom : top})`);
  }

  /** While a box is dragged only that box is touched. */
  moveShape(id, box) {
    const parts = this.#shapes.get(id);
    if (!parts) return;
    this.#place(parts, box, null);
    this.#placeHandles(box);
  }

  #placeHandles(box) {
    this.#handles.style.display = box ? '' : 'none';
    if (!box) return;
    this.#plane.append(this.#handles);
    for (const place of this.#handles.children) {
      const { x, y } = handlePoint(box, place.dataset.handle);
      place.setAttribute('transform', `translate(${x} ${y})`);
    }
  }

  /** The box being drawn; null for none. @param {number|null} colour of the picked finding */
  setBand(box, colour = null) {
    this.#band.style.display = box ? '' : 'none';
    if (!box) return;
    this.#plane.append(this.#band);
    if (colour === null) delete this.#band.dataset.colour;
    else this.#band.dataset.colour = colour;
    const [left, top, right, bottom] = box;
    this.#band.setAttribute('x', left);
    this.#band.setAttribute('y', top);
    this.#band.setAttribute('width', right - left);
    this.#band.setAttribute('height', bottom - top);
  }

  /** Light the shapes with these ids and dim the rest; null: all alike. */
  light(ids) {
    this.#lit = ids;
    this.#svg.classList.toggle('has-light', ids !== null);
    for (const [id, { group }] of this.#shapes) {
      group.classList.toggle('is-lit', ids !== null && ids.has(id));
    }
  }
}
