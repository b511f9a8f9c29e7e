/**
 * `<rg-film-board data-mode="play|review|view">`: the films of a study, their
 * toolbar and their keys. In play it owns the reading's marks (`store`); in
 * review it shows marks and reference regions and lights them on request; in
 * view (the report game) it only shows films.
 */

import {
  boxToScreen, clampBox, moveBox, resizeBox, unionBox, visibleBox,
} from '../viewer/geometry.js';
import { clampWindow } from '../viewer/windowing.js';
import { hang, recallHanging, rememberHanging } from '../viewer/hanging.js';
import { MarksStore } from '../viewer/marks-store.js';
import {
  addMark, findMark, removeMark, setBox, setConfidence, setFinding, CONFIDENCE_LEVELS,
} from '../viewer/marks.js';
import { askFinding } from './ask-finding.js';
import {
  arrowStep, dialogIsOpen, isControl, isTyping, keyName, pageJson, roveToolbar, say,
} from './page.js';

const KEY_ZOOM = 1.25;
const KEY_PAN_PX = 40;
/** An arrow changes the window as a drag over so many pixels does; with shift, five times that. */
const KEY_WINDOW_PX = 8;
const KEY_WINDOW_FAR = 5;
/** Narrower than this, one film at a time is all that can be read. */
const NARROW = '(max-width: 699px)';
/** A box dropped by the keyboard takes this part of the visible film. */
const DROPPED_PART = 0.2;
const NUDGE_PAUSE_MS = 1000;

export class RgFilmBoard extends HTMLElement {
  #stop = null;
  #held = new Set();
  /** W goes down and up with nothing between: the tool, not what is held for a drag or an arrow. */
  #isTap = false;
  #active = null;
  #tool = 'pan';
  #closeAsk = null;
  #review = null;
  #hidden = new Set();
  #nudge = { at: 0, run: 0 };
  #hanging = null;
  #narrow = null;

  store = new MarksStore();
  /** @type {Map<string, {label: string, colour: string, words: string}>} filled by the panel */
  findings = new Map();

  get mode() { return this.dataset.mode ?? 'view'; }
  get canDraw() { return this.mode === 'play'; }
  get tool() { return this.#tool; }
  get films() { return [...this.querySelectorAll('rg-film')]; }
  get activeFilm() { return this.#active?.isConnected ? this.#active : this.films[0]; }
  get pickedColour() { return this.findings.get(this.store.picked)?.colour ?? null; }
  get screen() { return this.closest('#screen') ?? document; }

  isHeld(key) { return this.#held.has(key); }

  film(imageId) { return this.films.find((film) => film.imageId === imageId) ?? null; }

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    document.addEventListener('keydown', this.#keyDown, { signal });
    document.addEventListener('keyup', this.#keyUp, { signal });
    window.addEventListener('blur', () => {
      this.#held.clear();
      this.#isTap = false;
    }, { signal });
    document.addEventListener('pointerdown', () => { this.#isTap = false; }, { signal });
    document.addEventListener('click', this.#clicked, { signal });
    this.addEventListener('focusin', this.#focused, { signal });
    for (const type of ['change', 'select']) {
      this.store.addEventListener(type, () => this.drawShapes(), { signal });
    }
    this.store.addEventListener('change', () => this.#showState(), { signal });
    this.store.addEventListener('pick', this.#picked, { signal });
    // Swapped in by htmx the board is upgraded before its films: wait for them.
    queueMicrotask(() => { if (this.isConnected) this.#start(); });
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.#closeAsk?.();
  }

  #start() {
    if (this.mode === 'review') this.#review = pageJson('review', this.screen);
    const toolbar = this.querySelector('[role="toolbar"]');
    if (toolbar) {
      roveToolbar(toolbar, { signal: this.#stop.signal, pauses: () => this.isHeld('w') });
    }
    if (this.films.length > 1 && this.querySelector('.views')) this.#startHanging();
    this.setTool('pan');
    this.drawShapes();
  }

  activate(film) {
    if (film === this.#active) return;
    this.#active = film;
    if (this.#hanging) this.#hang();
    else this.#showState();
  }

  // Which of a study's films hang (where the page has `.views` to choose from)

  #startHanging() {
    this.#narrow = window.matchMedia(NARROW);
    this.#narrow.addEventListener('change', () => this.#hang(), { signal: this.#stop.signal });
    this.#hanging = recallHanging(this.films[0].imageId);
    this.#active = this.films[this.#hanging.active] ?? this.films[0];
    this.#hang();
  }

  #hang() {
    const { films } = this;
    const room = this.#narrow.matches || !this.#hanging.spread ? 1 : 2;
    const active = films.indexOf(this.activeFilm);
    const first = hang({ count: films.length, room, active, first: this.#hanging.first });
    this.#hanging = { ...this.#hanging, active, first };
    rememberHanging(films[0].imageId, this.#hanging);
    films.forEach((film, index) => { film.hidden = index < first || index >= first + room; });
    this.querySelector('.films').classList.add('is-hung');
    this.#showState();
  }

  /** Go to a film of the study; it is brought up if it does not hang. */
  view(index) {
    if (!this.#hanging) return;
    const film = this.films[index];
    // The focus must not be left on a film that is taken down.
    const hadFocus = document.activeElement?.closest('rg-film') !== null;
    this.#active = film;
    this.#hang();
    if (hadFocus) film.focus({ preventScroll: true });
  }

  /** Of the films of these images one must hang; the first of them is brought up if none does. */
  #bringUp(images) {
    const indices = images.map((image) => this.films.findIndex((film) => film.imageId === image))
      .filter((index) => index >= 0);
    if (indices.length === 0 || indices.some((index) => !this.films[index].hidden)) return;
    this.view(indices[0]);
    this.films[indices[0]].measure();
  }

  filmChanged(film) {
    if (film === this.activeFilm) this.#showState();
  }

  setTool(tool) {
    if (tool === 'draw' && !this.canDraw) return;
    this.#tool = tool;
    for (const film of this.films) {
      film.cancel();
      film.dataset.tool = tool;
    }
    this.#showState();
  }

  // What is drawn over the films

  drawShapes() {
    for (const film of this.films) {
      film.setShapes(this.mode === 'review' ? this.#reviewShapes(film) : this.#markShapes(film));
    }
  }

  #markShapes(film) {
    return this.store.reading.marks.flatMap((mark, index) => {
      if (mark.image !== film.imageId) return [];
      const finding = this.findings.get(mark.finding);
      const label = finding?.label ?? say('mark-unnamed');
      return [{
        id: mark.id,
        box: mark.box,
        label,
        aria: say('mark-label', { finding: label, number: index + 1 }),
        classes: finding ? [] : ['is-unnamed'],
        colour: finding?.colour ?? null,
        selected: mark.id === this.store.selectedId,
      }];
    });
  }

  #reviewShapes(film) {
    if (!this.#review) return [];
    const here = (shape) => shape.image === film.imageId;
    const shown = (kind, shapes) => (this.#hidden.has(kind) ? [] : shapes.filter(here));
    const shape = (kind, { index, box, polygon, label, outcome }) => ({
      id: `${kind}:${index}`,
      box: box ?? unionBox(polygon.map(([x, y]) => [x, y, x, y])),
      polygon,
      label,
      aria: say(`${kind}-label`, { finding: label, outcome: say(`outcome-${outcome}`) }),
      classes: [`is-${kind}`, `outcome-${outcome.replaceAll('_', '-')}`],
      // A region often lies on its mark: their labels must not lie on each other.
      below: kind === 'regions',
    });
    return [
      ...shown('regions', this.#review.regions).map((region) => shape('regions', region)),
      ...shown('marks', this.#review.marks).map((mark) => shape('marks', mark)),
    ];
  }

  /** Light these shapes and dim the others; null lights all. Ids: 'marks:0', 'regions:2'. */
  light(ids) {
    for (const film of this.films) film.overlay.light(ids === null ? null : new Set(ids));
  }

  /** Let a film hang that has some of these shapes of the review. */
  hangFor(ids) {
    const has = (film) => this.#reviewShapes(film).some((shape) => ids.includes(shape.id));
    this.#bringUp(this.films.filter(has).map((film) => film.imageId));
  }

  /** Bring these shapes of the review into view, in every film that hangs and has some. */
  show(ids) {
    this.hangFor(ids);
    for (const film of this.films.filter(({ hidden }) => !hidden)) {
      const boxes = this.#reviewShapes(film)
        .filter((shape) => ids.includes(shape.id)).map((shape) => shape.box);
      const all = unionBox(boxes);
      if (all) film.viewport.showBox(all);
    }
  }

  // What the pointer does (called by the films)

  shapeClicked(film, id) {
    if (this.mode === 'review') this.#tell('rg-shape', { id, clicked: true });
    else this.store.select(id);
  }

  shapeHovered(film, id) {
    film.classList.toggle('is-over-shape', id !== null);
    if (this.mode === 'review') this.#tell('rg-shape', { id, clicked: false });
  }

  boxChanged(id, box) {
    this.store.apply(setBox(this.store.reading, id, box));
  }

  boxDrawn(film, box, focus = false) {
    const { picked } = this.store;
    const [reading, id] = addMark(this.store.reading, { image: film.imageId, finding: picked, box });
    this.store.apply(reading);
    this.store.select(id);
    if (picked === null) this.#ask(film, id, (finding) => this.store.pick(finding));
    else if (focus) film.overlay.shapeElement(id)?.focus();
  }

  #ask(film, id, named = () => {}) {
    this.#closeAsk?.();
    const { box } = findMark(this.store.reading, id);
    this.#closeAsk = askFinding({
      root: film,
      beside: boxToScreen(film.viewport.view, box),
      findings: this.findings,
      onChoose: (finding) => {
        this.store.apply(setFinding(this.store.reading, id, finding));
        named(finding);
      },
      onClose: () => {
        this.#closeAsk = null;
        film.overlay.shapeElement(id)?.focus();
      },
    });
  }

  #picked = () => {
    const mark = this.store.selected;
    // A box that waits for its name takes it from wherever the name is picked.
    if (mark && mark.finding === null && this.store.picked !== null) {
      this.store.apply(setFinding(this.store.reading, mark.id, this.store.picked));
    }
    this.setTool(this.store.picked === null ? 'pan' : 'draw');
  };

  #focused = (event) => {
    const film = event.target.closest('rg-film');
    if (!film) return;
    this.activate(film);
    const id = film.overlay.idOf(event.target);
    if (id === null) return;
    if (this.mode === 'review') this.#tell('rg-shape', { id, clicked: false });
    else this.store.select(id);
  };

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // The keyboard's part of drawing

  dropBox() {
    const film = this.activeFilm;
    const { viewport } = film;
    const visible = visibleBox(viewport.view, viewport.image, viewport.stage);
    if (!visible) return;
    const [left, top, right, bottom] = visible;
    const half = (Math.min(right - left, bottom - top) * DROPPED_PART) / 2;
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const box = clampBox([x - half, y - half, x + half, y + half], viewport.image);
    this.boxDrawn(film, box, true);
  }

  /** Move the selected box, or with shift its lower right corner, by screen pixels. */
  nudgeSelected(event) {
    const step = arrowStep(event);
    const film = step && this.#selectedFilm();
    if (!film) return false;
    const mark = this.store.selected;
    const { image, view } = film.viewport;
    const [dx, dy] = [step.dx / view.scale, step.dy / view.scale];
    const [, , right, bottom] = mark.box;
    const box = event.shiftKey
      ? clampBox(resizeBox(mark.box, 'se', { x: right + dx, y: bottom + dy }).box, image)
      : moveBox(mark.box, dx, dy, image);
    // Arrow presses without a pause between them are one step to undo.
    if (event.timeStamp - this.#nudge.at > NUDGE_PAUSE_MS) this.#nudge.run += 1;
    this.#nudge.at = event.timeStamp;
    this.store.apply(setBox(this.store.reading, mark.id, box), `${mark.id} ${this.#nudge.run}`);
    return true;
  }

  centreOnSelected() {
    const film = this.#selectedFilm();
    if (!film) return;
    const [left, top, right, bottom] = this.store.selected.box;
    film.viewport.centreOn({ x: (left + right) / 2, y: (top + bottom) / 2 });
  }

  deleteSelected() {
    const { selectedId } = this.store;
    if (!this.canDraw || selectedId === null) return false;
    const hadFocus = this.contains(document.activeElement);
    const film = this.film(this.store.selected.image);
    this.store.apply(removeMark(this.store.reading, selectedId));
    if (hadFocus) film?.focus({ preventScroll: true });
    return true;
  }

  /** Select a mark from elsewhere than its film, which is brought up. */
  selectMark(id) {
    this.store.select(id);
    this.#selectedFilm();
  }

  /** The film of the selected mark, which hangs from now on; null without one. */
  #selectedFilm() {
    const mark = this.store.selected;
    const film = mark && this.film(mark.image);
    if (film) this.#bringUp([mark.image]);
    return film;
  }

  /** Ask again what the selected box is; what is picked for the next box stays. */
  relabelSelected() {
    const film = this.canDraw ? this.#selectedFilm() : null;
    if (!film) return false;
    this.#ask(film, this.store.selectedId);
    return true;
  }

  cycleConfidence() {
    const mark = this.store.selected;
    if (!mark) return;
    const next = ((mark.confidence ?? 0) + 1) % (CONFIDENCE_LEVELS + 1);
    this.store.apply(setConfidence(this.store.reading, mark.id, next || null));
  }

  // Actions of the toolbar

  #clicked = (event) => {
    const button = event.target.closest?.('[data-action]');
    if (!button || button.getAttribute('aria-disabled') === 'true') return;
    this.act(button.dataset.action);
    // A pointer goes back to the film, so that Space pans instead of pressing the button again.
    if (event.detail > 0 && this.contains(button)) this.activeFilm.focus({ preventScroll: true });
  };

  act(action) {
    const [name, value] = action.split(':');
    const film = this.activeFilm;
    const { viewport } = film;
    if (name === 'preset') {
      const preset = this.#preset(film, value);
      if (preset) viewport.setWindow(preset);
    } else if (name === 'tool') this.setTool(value);
    else if (name === 'invert') viewport.invert();
    else if (name === 'fit') viewport.fit();
    else if (name === 'one-to-one') viewport.oneToOne(window.devicePixelRatio || 1);
    else if (name === 'reset') viewport.reset();
    else if (name === 'undo') this.store.undo();
    else if (name === 'redo') this.store.redo();
    else if (name === 'box' && this.canDraw) this.dropBox();
    else if (name === 'confidence') this.cycleConfidence();
    else if (name === 'help') document.querySelector('dialog#keys')?.showModal();
    else if (name === 'toggle') this.#toggle(value);
    else if (name === 'view') this.view(this.#viewIndex(value));
    else if (name === 'spread' && this.#hanging) {
      this.#hanging = { ...this.#hanging, spread: !this.#hanging.spread };
      this.#hang();
    }
  }

  #viewIndex(value) {
    if (value !== 'next') return Number(value);
    return (this.films.indexOf(this.activeFilm) + 1) % this.films.length;
  }

  #preset(film, name) {
    if (name === 'full') return { centre: Math.round(film.max / 2), width: film.max + 1 };
    const preset = film.presets.find((candidate) => candidate.name === name);
    // Rounded as the viewport rounds it, so that the button can tell that it is in use.
    return preset ? clampWindow({ centre: preset.center, width: preset.width }, film.max) : null;
  }

  #toggle(kind) {
    if (!this.#hidden.delete(kind)) this.#hidden.add(kind);
    this.drawShapes();
    this.#showState();
  }

  /** Pressed and disabled states follow the viewer, in one place. */
  #showState() {
    const film = this.activeFilm;
    if (!film?.viewport) return;
    const { window: current, inverted } = film.viewport;
    const states = {
      tool: (value) => value === this.#tool,
      toggle: (value) => !this.#hidden.has(value),
      invert: () => inverted,
      view: (value) => this.films[Number(value)]?.hidden === false,
      spread: () => this.#hanging?.spread ?? false,
      preset: (value) => {
        const preset = this.#preset(film, value);
        return preset?.centre === current.centre && preset?.width === current.width;
      },
    };
    for (const button of this.querySelectorAll('[data-action]')) {
      const [name, value] = button.dataset.action.split(':');
      if (name in states && value !== 'next') set(button, 'aria-pressed', states[name](value));
      if (name === 'view') set(button, 'aria-current', this.films[Number(value)] === film);
      if (name === 'undo') set(button, 'aria-disabled', !this.store.canUndo);
      if (name === 'redo') set(button, 'aria-disabled', !this.store.canRedo);
    }
  }

  // Keys

  #keyUp = (event) => {
    const key = event.key.toLowerCase();
    if (key === 'w' && this.#isTap && this.isHeld(key)) this.setTool('window');
    this.#held.delete(key);
    if (event.key === ' ') this.classList.remove('is-space-held');
  };

  #keyDown = (event) => {
    if (!event.repeat) this.#isTap = event.key === 'w';
    if (event.defaultPrevented || dialogIsOpen() || isTyping(event.target)) return;
    if (this.#handleKey(event)) event.preventDefault();
  };

  #handleKey(event) {
    const key = keyName(event);
    if (event.ctrlKey || event.metaKey) {
      if (this.canDraw && key === 'z') this.store.undo();
      else if (this.canDraw && (key === 'shift+z' || key === 'y')) this.store.redo();
      else return arrowStep(event) !== null && this.#arrow(event);
      return true;
    }
    if (arrowStep(event)) return this.#arrow(event);
    if (event.altKey) return false;
    if (key === ' ') {
      if (isControl(event.target)) return false;
      this.#held.add(' ');
      this.classList.add('is-space-held');
      return true;
    }
    if (key === 'w' || key === 'shift+w') {
      this.#held.add('w');
      return true;
    }
    if (key === 'escape') return this.#escape();
    if (key === 'delete' || key === 'backspace') return this.deleteSelected();
    if (key === '+' || key === '=' || key === '-') {
      const { stage } = this.activeFilm.viewport;
      const middle = { x: stage.width / 2, y: stage.height / 2 };
      this.activeFilm.viewport.zoom(middle, key === '-' ? 1 / KEY_ZOOM : KEY_ZOOM);
      return true;
    }
    if (key === 'enter' && this.contains(event.target) && this.canDraw && this.store.selected) {
      if (isControl(event.target)) return false;
      this.centreOnSelected();
      return true;
    }
    if (key === 'enter' && this.mode === 'review' && event.target.matches('[data-shape]')) {
      this.#tell('rg-shape', { id: event.target.dataset.shape, clicked: true });
      return true;
    }
    if (key === 'b' && this.canDraw) {
      this.dropBox();
      return true;
    }
    if (key === 'c' && this.canDraw) {
      this.cycleConfidence();
      return true;
    }
    if (key === 'e' && this.canDraw) return this.relabelSelected();
    return this.#pageKey(key);
  }

  #escape() {
    const busy = this.films.filter((film) => film.isBusy);
    busy.forEach((film) => film.cancel());
    if (busy.length > 0) return true;
    if (this.store.selectedId !== null) this.store.select(null);
    else if (this.store.picked !== null) this.store.pick(null);
    else return false;
    return true;
  }

  #arrow(event) {
    if (this.isHeld('w')) return this.#nudgeWindow(event);
    const free = event.target === document.body || event.target.closest?.('rg-film');
    if (!free) return false;
    // Who cannot hold two keys takes the tool first.
    if (this.#tool === 'window') return this.#nudgeWindow(event);
    if (this.canDraw && this.nudgeSelected(event)) return true;
    const step = arrowStep(event);
    const sign = KEY_PAN_PX / (event.ctrlKey || event.altKey ? 10 : 1);
    this.activeFilm.viewport.pan(-step.dx * sign, -step.dy * sign);
    return true;
  }

  /** As a drag: across for the width, down for a higher centre. */
  #nudgeWindow(event) {
    // Shift, and not ctrl as elsewhere: ctrl+W closes the page.
    const { dx, dy } = arrowStep(event);
    const px = KEY_WINDOW_PX * (event.shiftKey ? KEY_WINDOW_FAR : 1);
    const { viewport } = this.activeFilm;
    viewport.dragWindow(viewport.window, Math.sign(dx) * px, Math.sign(dy) * px);
    return true;
  }

  /** Every other key is written in the page: data-key on what it presses. */
  #pageKey(key) {
    const target = this.screen.querySelector(`[data-key="${CSS.escape(key)}"]`)
      ?? document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (target.matches('textarea')) target.focus();
    else if (target.matches('input')) {
      target.focus();
      target.select();
    } else target.click();
    return true;
  }
}

function set(element, attribute, value) {
  const text = String(value);
  if (element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
}
