/**
 * `<rg-reading>` around `form#reading`: the findings to choose from, the list of
 * marks that mirrors the film, the draft, the clock and the submit.
 */

import { Stopwatch, DraftSaver, chooseDraft, clockText, parseDraft } from '../viewer/draft.js';
import {
  answerOf, callNormal, isEmpty, readingOf, removeMark, setConfidence, setFinding, setSelected,
  takeBackNormal, unfinishedOf,
} from '../viewer/marks.js';
import { arrowStep, matchRank, pageJson, say } from './page.js';

const steadyNow = () => performance.now();
const TAB_KEY = 'radgame:tab';

export class RgReading extends HTMLElement {
  #stop = null;
  #board = null;
  #rows = new Map();
  #saver = null;
  #draftRequest = new AbortController();
  #watch = null;
  #ticking = 0;
  #submitting = false;
  #localWorks = true;

  get form() { return this.querySelector('form'); }
  get #store() { return this.#board.store; }
  get #localKey() { return `radgame:draft:${this.form.dataset.attempt}`; }

  connectedCallback() {
    this.#stop = new AbortController();
    queueMicrotask(() => { if (this.isConnected) this.#start(); });
  }

  disconnectedCallback() {
    clearInterval(this.#ticking);
    this.#watch?.stop();
    this.#saver?.stop();
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
    on(document, 'keydown', this.#submitKey);
    // Captured here, before htmx hears it on the form.
    on(this, 'submit', this.#submit, { capture: true });
    on(this, 'htmx:beforeOnLoad', this.#answered);
    for (const type of ['htmx:sendError', 'htmx:timeout', 'htmx:sendAbort', 'htmx:responseError']) {
      on(this, type, this.#failed);
    }
    on(window, 'pageshow', (event) => { if (event.persisted) this.#enable(); });
    on(window, 'pagehide', () => this.#saver.flush());
    on(document, 'visibilitychange', this.#visibility);
    this.#restore();
    on(this.#store, 'change', this.#readingChanged);
    on(this.#store, 'select', () => this.#showMarks());
    on(this.#store, 'pick', () => this.#showPicked());
    this.#showMarks();
    this.#showPicked();
    this.#showAnswer();
    this.#tick();
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#visibility();
  }

  // Draft and clock

  #restore() {
    const server = pageJson('draft', this);
    const local = parseDraft(this.#local((storage) => storage.getItem(this.#localKey)));
    const draft = chooseDraft(server?.answer ? server : null, local);
    const elapsed = Math.max(Number(this.form.dataset.elapsed) || 0, draft?.elapsed_s ?? 0);
    this.#watch = new Stopwatch(steadyNow, elapsed);
    this.#saver = new DraftSaver({
      revision: server?.revision ?? 0,
      send: (body) => this.#send(body),
      later: (run, ms) => setTimeout(run, ms),
      forget: (timer) => clearTimeout(timer),
      tell: (state, message) => this.#draftState(state, message),
    });
    if (draft) this.#store.load(readingOf(draft.answer, draft.unfinished));
    if (draft && draft === local) this.#saver.change(this.#body);
  }

  /** Storage may be full, or forbidden: then the page says that it keeps no copy. */
  #local(use) {
    try {
      return use(window.localStorage);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#localWorks = false;
      return null;
    }
  }

  /** This tab's name: it outlives a reload, so that the server knows the tab again. */
  #tab() {
    const known = this.#session((storage) => storage.getItem(TAB_KEY));
    if (known) return known;
    const name = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, '0')).join('');
    this.#session((storage) => storage.setItem(TAB_KEY, name));
    return name;
  }

  /** Without storage a reload is another tab, as it is without this name. */
  #session(use) {
    try {
      return use(window.sessionStorage);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return null;
    }
  }

  #keepLocal() {
    const copy = {
      ...this.#body(),
      unfinished: unfinishedOf(this.#store.reading),
      revision: this.#saver.revision,
      saved_at: Date.now(),
    };
    this.#localWorks = true;
    this.#local((storage) => storage.setItem(this.#localKey, JSON.stringify(copy)));
  }

  #body = () => ({
    answer: answerOf(this.#store.reading),
    elapsed_s: Math.round(this.#watch.seconds),
  });

  /** Every save may outlive the page: one that leaves with the reader is not cut off. */
  async #send(body) {
    const token = this.form.querySelector('[name="csrfmiddlewaretoken"]')?.value ?? '';
    this.#draftRequest = new AbortController();
    const response = await fetch(this.form.dataset.draftUrl, {
      method: 'POST',
      signal: this.#draftRequest.signal,
      credentials: 'same-origin',
      keepalive: true,
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
      body: JSON.stringify({ ...body, tab: this.#tab() }),
    });
    if (response.status === 409) return { refused: (await response.json()).message };
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
  }

  #draftState(state, message) {
    const output = this.querySelector('.draft-state');
    output.dataset.state = state;
    if (state === 'refused') {
      output.textContent = '';
      this.#message(message);
      return;
    }
    if (state === 'saved') this.#keepLocal();
    output.textContent = say(state === 'kept' && !this.#localWorks ? 'draft-lost' : `draft-${state}`);
  }

  #visibility = () => {
    if (document.visibilityState === 'visible' && !this.#submitting) this.#watch.start();
    else {
      this.#watch.stop();
      this.#saver.flush();
    }
  };

  #tick() {
    const text = clockText(this.#watch.seconds);
    for (const clock of document.querySelectorAll('[data-timer]')) {
      if (clock.textContent !== text) clock.textContent = text;
    }
  }

  // What the reading looks like here

  #readingChanged = () => {
    this.#message('');
    this.#showMarks();
    this.#showAnswer();
    this.#keepLocal();
    this.#saver.change(this.#body);
  };

  #showAnswer() {
    const { reading } = this.#store;
    const body = this.#body();
    this.form.elements.answer.value = JSON.stringify(body.answer);
    this.form.elements.elapsed_s.value = body.elapsed_s;
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
    if (id !== null) this.#store.select(id);
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
    } else if (id !== null) this.#store.select(id);
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
    if (target.matches('[data-filter]')) this.#filterKey(event);
    else if (target.matches('[data-mark]')) this.#rowKey(event);
    else if (target.matches('[data-finding]') && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const shown = this.#shownFindings();
      const next = shown.indexOf(target) + (event.key === 'ArrowDown' ? 1 : -1);
      shown[Math.max(0, Math.min(next, shown.length - 1))].focus();
      event.preventDefault();
    }
  };

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

  #submitKey = (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    this.form.requestSubmit();
  };

  #refuse(event, sentence) {
    event.preventDefault();
    event.stopPropagation();
    if (sentence) this.#message(sentence);
  }

  #submit = (event) => {
    if (event.target !== this.form) return;
    const { reading } = this.#store;
    const [unnamed] = reading.marks.filter((mark) => mark.finding === null);
    if (this.#submitting) this.#refuse(event, '');
    else if (unnamed) {
      this.#refuse(event, say('submit-unnamed'));
      this.#store.select(unnamed.id);
      this.#rows.get(unnamed.id).querySelector('select').focus();
    } else if (isEmpty(reading)) this.#refuse(event, say('submit-empty'));
    else {
      this.#message('');
      this.#showAnswer();
      this.#submitting = true;
      this.#watch.stop();
      this.#saver.stop();
      // What is submitted holds more than a draft still on its way, which would come too late.
      this.#draftRequest.abort();
      this.form.querySelector('[type="submit"]').disabled = true;
      this.form.setAttribute('aria-busy', 'true');
    }
  };

  /**
   * The server has answered. Only a screen counts as success: a sign-in page
   * after a lost session must not replace the reading.
   */
  #answered = (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 200 || xhr.status >= 400 || event.target !== this.form) return;
    const leads = xhr.getResponseHeader('HX-Redirect') || xhr.getResponseHeader('HX-Location');
    if (leads || /id=["']?screen\b/.test(xhr.responseText)) {
      this.#local((storage) => storage.removeItem(this.#localKey));
    } else {
      event.preventDefault();
      this.#failed(event);
    }
  };

  #failed = (event) => {
    if (event.target !== this.form) return;
    const answered = (event.detail?.xhr?.status ?? 0) > 0;
    this.#enable();
    this.#message(say(answered ? 'submit-failed' : 'submit-offline'));
    this.form.querySelector('[type="submit"]').focus();
  };

  #enable() {
    this.#submitting = false;
    this.form.querySelector('[type="submit"]').disabled = false;
    this.form.removeAttribute('aria-busy');
    this.#saver.resume();
    this.#visibility();
  }

  #message(text) {
    const output = this.querySelector('.reading-message');
    if (output.textContent !== text) output.textContent = text;
  }
}
