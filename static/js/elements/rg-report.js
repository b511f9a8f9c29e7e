/**
 * `<rg-report>` around `form#reading`: the texts of a report, their length, the checklist beside
 * them. Nothing here writes into a text once it is being written: dictation, composition, the
 * spelling checker and undo are the browser's own.
 */

import { isReport, lengthOf, pasteInto, roomState } from '../viewer/report-text.js';
import { AttemptForm } from './attempt-form.js';
import { say } from './page.js';

export class RgReport extends HTMLElement {
  #stop = null;
  #attempt = new AttemptForm(this, {
    answer: () => this.#answer(),
    // The checklist is the reader's own, and of no use to anybody else.
    extras: () => ({ ticked: this.#checklist.filter((box) => box.checked).map((box) => box.value) }),
    isAnswer: isReport,
    load: (draft) => this.#load(draft),
    refusal: () => this.#refusal(),
    sends: () => this.#tooLong() === undefined,
    showAnswer: ({ elapsed_s: elapsed }) => { this.#form.elements.elapsed_s.value = elapsed; },
  });

  get #form() { return this.querySelector('form'); }
  get #fields() { return [...this.querySelectorAll('textarea[data-limit]')]; }
  get #checklist() { return [...this.querySelectorAll('[data-checklist] input')]; }

  connectedCallback() {
    this.#stop = new AbortController();
    queueMicrotask(() => { if (this.isConnected) this.#start(); });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  #start() {
    const { signal } = this.#stop;
    this.#attempt.start(signal);
    this.#showRoom();
    this.addEventListener('input', this.#changed, { signal });
    this.addEventListener('keydown', this.#keyDown, { signal });
    this.addEventListener('paste', this.#pasted, { signal });
    this.addEventListener('drop', this.#pasted, { signal });
  }

  #answer() {
    const texts = { findings: '', impression: '' };
    for (const field of this.#fields) texts[field.name] = field.value;
    return texts;
  }

  #load({ answer, ticked = [] }) {
    for (const field of this.#fields) {
      // Whoever was quicker than this script keeps what is written.
      if (field.value === field.defaultValue) field.value = answer[field.name];
    }
    for (const box of this.#checklist) box.checked = ticked.includes(box.value);
  }

  #changed = (event) => {
    if (event.target.matches('textarea')) {
      this.#showRoom();
      this.#attempt.changed();
    } else this.#attempt.keepLocal();
  };

  // Lengths

  #limitOf(field) { return Number(field.dataset.limit); }

  #tooLong() {
    return this.#fields.find((field) => lengthOf(field.value) > this.#limitOf(field));
  }

  #showRoom() {
    for (const field of this.#fields) {
      const output = this.querySelector(`[data-room="${field.name}"]`);
      const [used, limit] = [lengthOf(field.value), this.#limitOf(field)];
      const state = roomState(used, limit);
      output.dataset.state = state;
      output.textContent = state === 'over'
        ? say('room-over', { over: used - limit }) : say('room', { used, limit });
      field.setAttribute('aria-invalid', String(state === 'over'));
    }
  }

  /** A text that does not fit is refused whole: a field that cuts it would lose its end unseen. */
  #pasted = (event) => {
    const field = event.target;
    if (!field.matches?.('textarea[data-limit]')) return;
    const text = (event.clipboardData ?? event.dataTransfer)?.getData('text/plain') ?? '';
    const { value, selectionStart: start, selectionEnd: end } = field;
    const { fits, size, room } = pasteInto({ value, start, end, text, limit: this.#limitOf(field) });
    if (fits) return;
    event.preventDefault();
    this.#attempt.message(say('paste-long', { size, room }));
  };

  // Keys and submit

  #keyDown = (event) => {
    if (event.key !== 'Escape' || event.isComposing || !event.target.matches('textarea')) return;
    const screen = this.closest('#screen') ?? document;
    // The film's keys are letters again.
    screen.querySelector('rg-film-board').activeFilm.focus({ preventScroll: true });
    event.preventDefault();
  };

  /** Why this report cannot be submitted yet; null when it can. */
  #refusal() {
    const field = this.#tooLong();
    if (field) {
      field.focus();
      const over = lengthOf(field.value) - this.#limitOf(field);
      return say('submit-long', { field: field.labels[0].textContent.trim(), over });
    }
    if (this.#fields.some((one) => one.value.trim() !== '')) return null;
    this.#fields[0].focus();
    return say('submit-empty');
  }
}
