/**
 * What the form of every game does with an attempt in play: the draft, on the server and in this
 * browser; the clock; a submit that loses nothing. The game says what its answer is.
 *
 * @typedef {{
 *   answer: () => object,
 *   load: (draft: object) => void,
 *   isAnswer: (answer: unknown) => boolean,
 *   refusal: () => string|null,
 *   showAnswer: (body: {answer: object, elapsed_s: number}) => void,
 *   extras?: () => object,
 *   sends?: () => boolean,
 * }} Game
 *   `load` is given a draft that was kept, `refusal` says why the answer cannot be submitted yet,
 *   `extras` stay in this browser's copy, `sends` says whether the server would take the draft.
 */

import { Stopwatch, DraftSaver, chooseDraft, clockText, parseDraft } from '../viewer/draft.js';
import { dialogIsOpen, pageJson, say } from './page.js';

const steadyNow = () => performance.now();
const TAB_KEY = 'radgame:tab';

export class AttemptForm {
  #element;
  #game;
  #saver = null;
  #draftRequest = new AbortController();
  #watch = null;
  #ticking = 0;
  #submitting = false;
  #localWorks = true;
  #refused = false;
  #signedOut = false;

  /** @param {HTMLElement} element that holds the form @param {Game} game */
  constructor(element, game) {
    this.#element = element;
    this.#game = game;
  }

  get form() { return this.#element.querySelector('form'); }
  get #localKey() { return `radgame:draft:${this.form.dataset.attempt}`; }

  /** Bring back what was kept, and listen until `signal` says that the form is gone. */
  start(signal) {
    const on = (target, type, run, options = {}) =>
      target.addEventListener(type, run, { signal, ...options });
    const element = this.#element;
    on(document, 'keydown', this.#submitKey);
    // Captured here, before htmx hears it on the form.
    on(element, 'submit', this.#submit, { capture: true });
    on(element, 'htmx:beforeOnLoad', this.#answered);
    for (const type of ['htmx:sendError', 'htmx:timeout', 'htmx:sendAbort', 'htmx:responseError']) {
      on(element, type, this.#failed);
    }
    on(window, 'pageshow', (event) => { if (event.persisted) this.#enable(); });
    on(window, 'pagehide', () => this.#saver.flush());
    on(window, 'online', () => this.#saver.flush());
    on(document, 'visibilitychange', this.#visibility);
    signal.addEventListener('abort', () => this.#end(), { once: true });
    this.#restore();
    this.#tick();
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#visibility();
  }

  #end() {
    clearInterval(this.#ticking);
    this.#watch.stop();
    this.#saver.stop();
  }

  /** The reader changed the answer. */
  changed() {
    // Whoever goes on in a tab that is no longer saved must go on being told.
    if (!this.#refused && !this.#signedOut) this.message('');
    this.keepLocal();
    if (this.#sends) this.#saver.change(this.#body);
    else this.#draftState('long');
  }

  get #sends() { return this.#game.sends?.() ?? true; }

  message(text) {
    const output = this.#element.querySelector('.reading-message');
    if (output.textContent !== text) output.textContent = text;
  }

  // Draft and clock

  #restore() {
    const server = pageJson('draft', this.#element);
    const text = this.#local((storage) => storage.getItem(this.#localKey));
    const local = parseDraft(text, this.#game.isAnswer);
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
    if (draft) this.#game.load(draft);
    if (draft && draft === local && this.#sends) this.#saver.change(this.#body);
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

  /** Keep a copy in this browser. */
  keepLocal() {
    const copy = {
      ...this.#body(),
      ...this.#game.extras?.(),
      revision: this.#saver.revision,
      saved_at: Date.now(),
    };
    this.#localWorks = true;
    this.#local((storage) => storage.setItem(this.#localKey, JSON.stringify(copy)));
  }

  #body = () => ({ answer: this.#game.answer(), elapsed_s: Math.round(this.#watch.seconds) });

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
    // Led to the sign-in page, or sent away for a token of a session that is over.
    this.#tellSignedOut(response.redirected || response.status === 403);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
  }

  /** To try again helps nobody whose session is over: the copy in this browser does. */
  #tellSignedOut(isOut) {
    if (isOut && this.#localWorks) this.message(say('signed-out'));
    else if (this.#signedOut) this.message('');
    this.#signedOut = isOut && this.#localWorks;
  }

  #draftState(state, message) {
    const output = this.#element.querySelector('.draft-state');
    const before = output.dataset.state;
    output.dataset.state = state;
    if (state === 'refused') {
      this.#refused = true;
      output.textContent = '';
      this.message(message);
      return;
    }
    if (state === 'saved') this.keepLocal();
    // One word that comes and goes with every pause is no news, least of all to a screen reader.
    if (state === 'saving' && before === 'saved') return;
    const isHere = state === 'kept' || state === 'long';
    output.textContent = say(isHere && !this.#localWorks ? 'draft-lost' : `draft-${state}`);
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

  // Submit

  #submitKey = (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    // An Enter that belongs to an unfinished composition, or to a question that is open, is not ours.
    if (event.isComposing || dialogIsOpen()) return;
    event.preventDefault();
    this.form.requestSubmit();
  };

  #refuse(event, sentence) {
    event.preventDefault();
    event.stopPropagation();
    if (sentence) this.message(sentence);
  }

  #submit = (event) => {
    if (event.target !== this.form) return;
    if (this.#submitting) {
      this.#refuse(event, '');
      return;
    }
    const refusal = this.#game.refusal();
    if (refusal !== null) {
      this.#refuse(event, refusal);
      return;
    }
    this.message('');
    this.showAnswer();
    this.#submitting = true;
    this.#watch.stop();
    this.#saver.stop();
    // What is submitted holds more than a draft still on its way, which would come too late.
    this.#draftRequest.abort();
    this.form.querySelector('[type="submit"]').disabled = true;
    this.form.setAttribute('aria-busy', 'true');
  };

  /** Put the answer where the form sends it from. */
  showAnswer() {
    this.#game.showAnswer(this.#body());
  }

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
    const xhr = event.detail?.xhr;
    const answered = (xhr?.status ?? 0) > 0;
    // A refusal comes as a sentence of its own, made for the learner.
    const told = xhr?.status === 422 ? xhr.responseText.trim() : '';
    this.#enable();
    this.message(told || say(answered ? 'submit-failed' : 'submit-offline'));
    if (xhr?.status === 403 || xhr?.status === 200) this.#tellSignedOut(true);
    this.form.querySelector('[type="submit"]').focus();
  };

  #enable() {
    this.#submitting = false;
    this.form.querySelector('[type="submit"]').disabled = false;
    this.form.removeAttribute('aria-busy');
    this.#saver.resume();
    this.#visibility();
  }
}
