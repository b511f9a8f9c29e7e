/**
 * `<rg-outcomes>`: the feedback's lines. The line that has the pointer or the
 * focus lights its shapes on the film; a click brings them into view.
 */

import { dialogIsOpen, isControl, isTyping, keyName } from './page.js';

/** How long after the feedback has come a click may still belong to Submit. */
const DOUBLE_CLICK_MS = 500;

export class RgOutcomes extends HTMLElement {
  #shownAt = 0;
  #stop = null;
  #board = null;

  connectedCallback() {
    this.#stop = new AbortController();
    this.#shownAt = performance.now();
    const { signal } = this.#stop;
    this.addEventListener('focusin', (event) => this.#light(this.#lineOf(event.target)), { signal });
    this.addEventListener('focusout', () => this.#light(null), { signal });
    this.addEventListener('pointerover', (event) => {
      this.#light(this.#lineOf(event.target) ?? this.#focusedLine());
    }, { signal });
    this.addEventListener('pointerleave', () => this.#light(this.#focusedLine()), { signal });
    this.addEventListener('click', this.#secondHalf, { signal, capture: true });
    this.addEventListener('click', this.#clicked, { signal });
    this.addEventListener('keydown', this.#enter, { signal });
    document.addEventListener('keydown', this.#keyDown, { signal });
    queueMicrotask(() => { if (this.isConnected) this.#start(); });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /**
   * Next takes Submit's place: the second half of a double click on Submit must not press it.
   * A press of a key has no detail and is never held back.
   */
  #secondHalf = (event) => {
    const early = event.timeStamp - this.#shownAt < DOUBLE_CLICK_MS;
    if (event.detail > 0 && (early || event.detail > 1) && event.target.closest('#next')) {
      event.preventDefault();
    }
  };

  #start() {
    const screen = this.closest('#screen') ?? document;
    this.#board = screen.querySelector('rg-film-board');
    this.#board.addEventListener('rg-shape', this.#shape, { signal: this.#stop.signal });
    // The swap took the focus with the form: put it where the result is read out.
    this.querySelector('[data-autofocus]')?.focus({ preventScroll: true });
  }

  get #lines() { return [...this.querySelectorAll('.outcome')]; }

  #lineOf(element) { return element.closest?.('.outcome') ?? null; }

  #focusedLine() { return this.contains(document.activeElement) ? this.#lineOf(document.activeElement) : null; }

  #shapesOf(line) {
    const ids = (kind) => (line.dataset[kind] ?? '').split(/\s+/).filter(Boolean).map((n) => `${kind}:${n}`);
    return [...ids('marks'), ...ids('regions')];
  }

  #light(line) {
    for (const other of this.#lines) other.classList.toggle('is-lit', other === line);
    const shapes = line ? this.#shapesOf(line) : [];
    // A line without a place on the film dims nothing.
    this.#board?.light(shapes.length > 0 ? shapes : null);
  }

  #shape = ({ detail: { id, clicked } }) => {
    const line = id && this.#lines.find((candidate) => this.#shapesOf(candidate).includes(id));
    if (clicked && line) {
      line.focus({ preventScroll: true });
      line.scrollIntoView({ block: 'nearest' });
    } else this.#light(line || this.#focusedLine());
  };

  #clicked = (event) => {
    const line = this.#lineOf(event.target);
    if (line && !isControl(event.target)) this.#board.show(this.#shapesOf(line));
  };

  #enter = (event) => {
    if (event.key !== 'Enter' || !event.target.matches('.outcome')) return;
    this.#board.show(this.#shapesOf(event.target));
    event.preventDefault();
  };

  #keyDown = (event) => {
    if (dialogIsOpen() || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyName(event);
    if (key !== 'j' && key !== 'k') return;
    const lines = this.#lines;
    const here = lines.indexOf(this.#focusedLine());
    const next = key === 'j' ? here + 1 : here - 1;
    const line = lines[Math.max(0, Math.min(next, lines.length - 1))];
    line?.focus({ preventScroll: true });
    line?.scrollIntoView({ block: 'nearest' });
    event.preventDefault();
  };
}
