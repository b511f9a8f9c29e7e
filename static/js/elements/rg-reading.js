/**
 * `<rg-reading>` around `form#reading`: the findings to choose from, the list of
 * marks that mirrors the film, the draft, the clock and the submit.
 */

import {
  answerOf, callNormal, isEmpty, readingOf, removeMark, setConfidence, setFinding, setSelected,
  takeBackNormal, unfinishedOf,
} from '../viewer/marks.js';
import { AttemptForm } from './attempt-form.js';
import { arrowStep, matchRank, say } from './page.js';

export class RgReading extends HTMLElement {
  #stop = null;
  #board = null;
  #rows = new Map();
  #attempt = new AttemptForm(this, {
    answer: () => answerOf(this.#store.reading),
    // Marks that wait for their finding are no answer yet; they stay in this browser.
    extras: () => ({ unfinished: unfinishedOf(this.#store.reading) }),
    isAnswer: (answer) => Array.isArray(answer?.marks),
    load: (draft) => this.#store.load(readingOf(draft.answer, draft.unfinished)),
    refusal: () => this.#refusal(),
    showAnswer: (body) => this.#fill(body),
  });

  get form() { return this.querySelector('form'); }
  get #store() { return this.#board.store; }

  connectedCallback() {
    this.#stop = new AbortController();
    queueMicrotask(() => { if (this.isConnected) this.#start(); });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  #start() {
    const screen = this.closest('#screen') ?? document;
    this.#board = screen.querySelector('rg-film-board');
    for (const button of this.querySelectorAll('[data-finding]')) {
      const { finding, colour, words = '' } = button.dataset;
      const label = button.querySelector('.finding-name').textContent.trim();
      this.#board.findings.set(finding, { label, colour, words });
    }
    const { signal } = this.#stop;
    const on = (target, type, run, options = {}) =>
      target.addEventListener(type, run, { signal, ...options });
    on(this, 'click', this.#clicked);
    on(this, 'change', this.#changed);
    on(this, 'input', this.#filter);
    on(this, 'keydown', this.#keyDown);
    on(this, 'focusin', this.#focused);
    this.#attempt.start(signal);
    on(this.#store, 'change', this.#readingChanged);
    on(this.#store, 'select', () => this.#showMarks());
    on(this.#store, 'pick', () => this.#showPicked());
    this.#showMarks();
    this.#showPicked();
    this.#showAnswer();
  }

  // What the reading looks like here

  #readingChanged = () => {
    this.#showMarks();
    this.#showAnswer();
    this.#attempt.changed();
  };

  #fill({ answer, elapsed_s: elapsed }) {
    this.form.elements.answer.value = JSON.stringify(answer);
    this.form.elements.elapsed_s.value = elapsed;
  }

  #showAnswer() {
    const { reading } = this.#store;
    this.#attempt.showAnswer();
    for (const box of this.querySelectorAll('input[name="selected"]')) {
      box.checked = reading.selected.includes(box.value);
    }
    const normal = this.querySelector('[data-reading="normal"]');
    normal.setAttribute('aria-pressed', String(reading.normal));
    normal.classList.toggle('is-blocked', reading.marks.length + reading.selected.length > 0);
    for (const counter of this.querySelectorAll('[data-count]')) {
      counter.textContent = reading.marks.length || '';
    }
  }

  #showPicked() {
    for (const button of this.querySelectorAll('[data-finding]')) {
      const picked = button.dataset.finding === this.#store.picked;
      button.setAttribute('aria-pressed', String(picked));
      if (picked) button.scrollIntoView({ block: 'nearest' });
    }
  }

  #showMarks() {
    const list = this.querySelector('.marks');
    const { reading, selectedId } = this.#store;
    this.classList.toggle('has-marks', reading.marks.length > 0);
    for (const [id, row] of this.#rows) {
      if (reading.marks.some((mark) => mark.id === id)) continue;
      const hadFocus = row.contains(document.activeElement);
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.#rows.delete(id);
      if (hadFocus) (next ?? this.querySelector('[data-finding]'))?.focus();
    }
    reading.marks.forEach((mark, index) => {
      const row = this.#rows.get(mark.id) ?? this.#makeRow(mark.id);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
      const finding = this.#board.findings.get(mark.finding);
      const label = finding?.label ?? say('mark-unnamed');
      const isSelected = mark.id === selectedId;
      row.setAttribute('aria-label', say('mark-label', { finding: label, number: index + 1 }));
      row.classList.toggle('is-selected', isSelected);
      row.classList.toggle('is-unnamed', !finding);
      row.dataset.colour = finding?.colour ?? '';
      row.querySelector('select').value = mark.finding ?? '';
      for (const level of row.querySelectorAll('input[type="radio"]')) {
        level.checked = Number(level.value) === mark.confidence;
        level.parentElement.classList.toggle('is-on', Number(level.value) <= (mark.confidence ?? 0));
      }
      if (isSelected) row.scrollIntoView({ block: 'nearest' });
    });
  }

  #makeRow(id) {
    const template = this.querySelector('template#mark-row');
    const row = template.content.firstElementChild.cloneNode(true);
    row.dataset.mark = id;
    const select = row.querySelector('select');
    for (const [value, { label }] of this.#board.findings) select.add(new Option(label, value));
    for (const level of row.querySelectorAll('input[type="radio"]')) {
      level.name = `confidence-${id}`;
      // The answer goes in one field: these only show it.
      level.setAttribute('form', '');
    }
    this.#rows.set(id, row);
    return row;
  }

  // What the reader does here

  #markOf(element) {
    return element.closest?.('[data-mark]')?.dataset.mark ?? null;
  }

  #focused = (event) => {
    const id = this.#markOf(event.target);
    if (id !== null) this.#board.selectMark(id);
  };

  #clicked = (event) => {
    const { target } = event;
    const finding = target.closest('[data-finding]')?.dataset.finding;
    if (finding !== undefined) {
      this.#store.pick(finding);
      if (event.detail > 0) this.#board.activeFilm.focus({ preventScroll: true });
      return;
    }
    const id = this.#markOf(target);
    if (id !== null && target.closest('.mark-delete')) {
      this.#store.apply(removeMark(this.#store.reading, id));
    } else if (id !== null) this.#board.selectMark(id);
    if (target.closest('[data-reading="normal"]')) this.#normal();
  };

  #changed = (event) => {
    const { target } = event;
    const id = this.#markOf(target);
    const { reading } = this.#store;
    if (id !== null && target.matches('select')) {
      this.#store.apply(setFinding(reading, id, target.value || null));
    } else if (id !== null && target.matches('input[type="radio"]')) {
      this.#store.apply(setConfidence(reading, id, Number(target.value)));
    } else if (target.matches('input[name="selected"]')) {
      this.#store.apply(setSelected(reading, target.value, target.checked));
    }
  };

  #rank(button, typed) {
    const { label, words } = this.#board.findings.get(button.dataset.finding);
    return matchRank(label, words, typed);
  }

  #filter = (event) => {
    if (!event.target.matches('[data-filter]')) return;
    for (const button of this.querySelectorAll('[data-finding]')) {
      button.closest('li').hidden = this.#rank(button, event.target.value) === Infinity;
    }
  };

  #keyDown = (event) => {
    const { target } = event;
    // Then they are the film's: its window.
    if (this.#board.isHeld('w') && arrowStep(event)) return;
    if (target.matches('[data-filter]')) this.#filterKey(event);
    else if (target.matches('[data-mark]')) this.#rowKey(event);
    else if (target.matches('[data-finding]')) this.#listKey(event, this.#shownFindings());
    else if (target.matches('input[name="selected"]')) {
      this.#listKey(event, [...this.querySelectorAll('input[name="selected"]')]);
    }
  };

  /** Up and down go through a list; Escape leaves it for the film. */
  #listKey(event, list) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = list.indexOf(event.target) + step;
      list[Math.max(0, Math.min(next, list.length - 1))].focus();
    } else if (event.key === 'Escape' && event.target.matches('input')) {
      this.#board.activeFilm.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  }

  #shownFindings() {
    return [...this.querySelectorAll('li:not([hidden]) > [data-finding]')];
  }

  #filterKey(event) {
    const shown = this.#shownFindings();
    const [first] = shown;
    if (event.key === 'Enter') {
      if (first) {
        // The list keeps its order; Enter takes the best answer in it.
        const ranks = shown.map((button) => this.#rank(button, event.target.value));
        this.#store.pick(shown[ranks.indexOf(Math.min(...ranks))].dataset.finding);
        this.#leaveFilter(event.target);
      }
    } else if (event.key === 'ArrowDown') first?.focus();
    else if (event.key === 'Escape') this.#leaveFilter(event.target);
    else return;
    event.preventDefault();
  }

  #leaveFilter(field) {
    field.value = '';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    this.#board.activeFilm.focus({ preventScroll: true });
  }

  #rowKey(event) {
    const row = event.target;
    if (arrowStep(event)) this.#board.nudgeSelected(event);
    else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) this.#board.centreOnSelected();
    else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.#store.apply(removeMark(this.#store.reading, row.dataset.mark));
    } else return;
    event.preventDefault();
  }

  #normal() {
    const { reading } = this.#store;
    if (reading.normal) {
      this.#store.apply(takeBackNormal(reading));
    } else if (reading.marks.length + reading.selected.length === 0) {
      this.#store.apply(callNormal(reading));
    } else {
      const dialog = this.querySelector('dialog#confirm-normal');
      dialog.returnValue = '';
      dialog.addEventListener('close', () => {
        if (dialog.returnValue === 'normal') this.#store.apply(callNormal(this.#store.reading));
      }, { once: true });
      dialog.showModal();
    }
  }

  // Submit

  /** Why this reading cannot be submitted yet; null when it can. */
  #refusal() {
    const { reading } = this.#store;
    const [unnamed] = reading.marks.filter((mark) => mark.finding === null);
    if (unnamed) {
      this.#board.selectMark(unnamed.id);
      this.#rows.get(unnamed.id).querySelector('select').focus();
      return say('submit-unnamed');
    }
    return isEmpty(reading) ? say('submit-empty') : null;
  }
}
