/**
 * `<rg-outcomes>`: the feedback's lines. The line that has the pointer or the
 * focus lights what it speaks of: shapes on the film, passages of the texts. A
 * click brings them into view. A passage lights its lines, and the passages of
 * the other text that they join it with.
 */

import { dialogIsOpen, isControl, isTyping, keyName } from './page.js';

/** How long after the feedback has come a click may still belong to Submit. */
const DOUBLE_CLICK_MS = 500;
const MARGIN_PX = 8;

/** Scroll `scroller`, and nothing around it, until the element can be seen. */
function bringUp(element, scroller) {
  if (!scroller) return;
  const [{ top, bottom }, frame] = [element.getBoundingClientRect(), scroller.getBoundingClientRect()];
  if (top < frame.top) scroller.scrollTop += top - frame.top - MARGIN_PX;
  else if (bottom > frame.bottom) scroller.scrollTop += bottom - frame.bottom + MARGIN_PX;
}

export class RgOutcomes extends HTMLElement {
  #shownAt = 0;
  #stop = null;
  #board = null;
  #passages = [];
  #byPointer = false;

  connectedCallback() {
    this.#stop = new AbortController();
    this.#shownAt = performance.now();
    const { signal } = this.#stop;
    this.addEventListener('click', this.#secondHalf, { signal, capture: true });
    this.addEventListener('click', this.#clicked, { signal });
    this.addEventListener('keydown', this.#enter, { signal });
    this.addEventListener('htmx:afterSwap', this.#swapped, { signal });
    document.addEventListener('keydown', this.#keyDown, { signal });
    for (const [type, byPointer] of [['pointerdown', true], ['keydown', false]]) {
      document.addEventListener(type, () => { this.#byPointer = byPointer; }, { signal, capture: true });
    }
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
    const { signal } = this.#stop;
    this.#board.addEventListener('rg-shape', this.#shape, { signal });
    const texts = screen.querySelector('.texts');
    const isFilmAlone = texts === null;
    for (const place of [this, texts]) {
      if (!place) continue;
      place.addEventListener('focusin', this.#focused, { signal });
      place.addEventListener('focusout', () => this.#light([]), { signal });
      place.addEventListener('pointerover', (event) => {
        this.#light(this.#linesAt(event.target) ?? this.#focusedLines());
        // Beside a film alone a line opens when it is pointed at, and stays open: nothing that is
        // above the pointer closes, so that what is pointed at keeps its place.
        if (isFilmAlone && event.pointerType === 'mouse') this.#lineOf(event.target)?.classList.add('is-open');
      }, { signal });
      place.addEventListener('pointerleave', () => this.#light(this.#focusedLines()), { signal });
    }
    this.#passages = [...screen.querySelectorAll('.joined')];
    this.#thinTabStops();
    screen.addEventListener('click', this.#passageClicked, { signal });
    // The swap took the focus with the form: put it where the result is read out.
    this.querySelector('[data-autofocus]')?.focus({ preventScroll: true });
  }

  /** A finding that is spoken of in many places is one stop of the Tab key in each text. */
  #thinTabStops() {
    const seen = new Map();
    for (const passage of this.#passages) {
      const text = passage.closest('.text');
      const marks = seen.get(text) ?? new Set();
      const isNew = this.#marksOf(passage).some((mark) => !marks.has(mark));
      if (!isNew) passage.tabIndex = -1;
      this.#marksOf(passage).forEach((mark) => marks.add(mark));
      seen.set(text, marks);
    }
  }

  get #lines() { return [...this.querySelectorAll('.outcome')]; }

  #lineOf(element) { return element.closest?.('.outcome') ?? null; }

  #focusedLine() { return this.contains(document.activeElement) ? this.#lineOf(document.activeElement) : null; }

  #marksOf(passage) { return passage.dataset.marks.split(/\s+/); }

  /** The lines that an element belongs to, a line itself or a passage; null when it is neither. */
  #linesAt(element) {
    const line = this.#lineOf(element);
    if (line) return [line];
    const passage = element.closest?.('.joined');
    if (!passage) return null;
    const marks = this.#marksOf(passage);
    return this.#lines.filter((candidate) => marks.includes(candidate.dataset.mark));
  }

  #focusedLines() { return this.#linesAt(document.activeElement) ?? []; }

  #shapesOf(line) {
    const ids = (kind) => (line.dataset[kind] ?? '').split(/\s+/).filter(Boolean).map((n) => `${kind}:${n}`);
    return [...ids('marks'), ...ids('regions')];
  }

  #passagesOf(lines) {
    const marks = lines.map((line) => line.dataset.mark);
    return this.#passages.filter((passage) =>
      this.#marksOf(passage).some((mark) => marks.includes(mark)));
  }

  #light(lines) {
    for (const line of this.#lines) line.classList.toggle('is-lit', lines.includes(line));
    const passages = this.#passagesOf(lines);
    for (const passage of this.#passages) {
      passage.classList.toggle('is-lit', passages.includes(passage));
    }
    const shapes = lines.flatMap((line) => this.#shapesOf(line));
    // A line without a place on the film dims nothing.
    this.#board?.light(shapes.length > 0 ? shapes : null);
  }

  /**
   * A line opens when it takes the focus. The one before it closes only under the keyboard's hand:
   * under the pointer's, what is being pressed would move away.
   */
  #open(line) {
    line.classList.add('is-open');
    if (this.#byPointer) return;
    for (const other of this.#lines) other.classList.toggle('is-open', other === line);
  }

  #focused = (event) => {
    const lines = this.#linesAt(event.target) ?? [];
    this.#light(lines);
    const line = this.#lineOf(event.target);
    if (line) {
      this.#open(line);
      this.#board.hangFor(this.#shapesOf(line));
    }
    // Only the focus moves a text: one that runs away under the pointer cannot be read.
    for (const passage of this.#passagesOf(lines).reverse()) bringUp(passage, passage.closest('.text'));
    if (lines.length > 0) bringUp(lines[0], lines[0].closest('.results'));
  };

  #passageClicked = (event) => {
    const passage = event.target.closest('.joined');
    if (!passage) return;
    event.preventDefault();
    const [line] = this.#linesAt(passage);
    line?.focus({ preventScroll: true });
    line?.scrollIntoView({ block: 'nearest' });
  };

  /** A form that is answered in its place takes the focus with it: the line it stands in keeps it. */
  #swapped = (event) => {
    if (document.activeElement === document.body) {
      this.#lineOf(event.target)?.focus({ preventScroll: true });
    }
  };

  #shape = ({ detail: { id, clicked } }) => {
    const line = id && this.#lines.find((candidate) => this.#shapesOf(candidate).includes(id));
    if (clicked && line) {
      line.focus({ preventScroll: true });
      line.scrollIntoView({ block: 'nearest' });
    } else this.#light(line ? [line] : this.#focusedLines());
  };

  #clicked = (event) => {
    const dispute = event.target.closest('[data-dispute]');
    if (dispute) {
      event.preventDefault();
      this.#dispute(dispute.dataset.dispute);
    }
    const line = this.#lineOf(event.target);
    if (!line || isControl(event.target)) return;
    this.#board.show(this.#shapesOf(line));
    // What unfolded under it may lie below the edge, on a phone under the foot.
    line.scrollIntoView({ block: 'nearest' });
  };

  /** Open the form for disputes with this line chosen. */
  #dispute(line) {
    const flags = this.querySelector('#flags');
    flags.querySelector('details').open = true;
    flags.querySelector('select').value = line;
    flags.querySelector('textarea').focus();
  }

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
