/** What every element needs to know about the page it stands in. */

/** Blocks are read once each: a sentence is asked for on every frame of a drag. */
const parsed = new WeakMap();

/** JSON that the server put into the page; null when it is not there. */
export function pageJson(id, root = document) {
  const block = root.querySelector(`script[type="application/json"]#${id}`);
  if (!block) return null;
  if (!parsed.has(block)) parsed.set(block, JSON.parse(block.textContent));
  return parsed.get(block);
}

/**
 * A sentence of the page's own, from `<script type="application/json" id="strings">`:
 * translated by the server, never written here. {name} is filled from `values`.
 */
export function say(key, values = {}) {
  const sentence = pageJson('strings')?.[key];
  if (sentence === undefined) throw new Error(`The page has no string "${key}".`);
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Where the keys of the keyboard are letters, not commands. */
export function isTyping(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable || element.matches('textarea, select')) return true;
  return element.matches('input') && !['checkbox', 'radio', 'button', 'submit'].includes(element.type);
}

/** Where Space and Enter already mean something. */
export const isControl = (element) =>
  element instanceof Element && element.closest('button, a, input, select, summary, textarea') !== null;

export const dialogIsOpen = () => document.querySelector('dialog[open]') !== null;

/**
 * A toolbar is one stop of the Tab key; the arrows, Home and End go through it (ARIA Authoring
 * Practices, "Toolbar"). It begins at the button that had the focus last. While `pauses` says so the
 * arrows are somebody else's.
 */
export function roveToolbar(toolbar, { signal, pauses = () => false }) {
  const buttons = () => [...toolbar.querySelectorAll('button')];
  const shown = () => buttons().filter((button) => button.offsetParent !== null);
  const stopAt = (chosen) => {
    for (const button of buttons()) button.tabIndex = button === chosen ? 0 : -1;
  };
  stopAt(shown()[0] ?? buttons()[0]);
  toolbar.addEventListener('focusin', (event) => {
    const button = event.target.closest('button');
    if (button) stopAt(button);
  }, { signal });
  toolbar.addEventListener('keydown', (event) => {
    const all = shown();
    const here = all.indexOf(document.activeElement);
    const places = {
      ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: all.length - 1,
    };
    if (here < 0 || !(event.key in places) || pauses()) return;
    all[(places[event.key] + all.length) % all.length].focus();
    event.preventDefault();
  }, { signal });
}

/** 'shift+z', 'n', '?', '/': how a page's data-key names what was pressed. */
export function keyName(event) {
  const letter = event.key.length === 1 && event.key.toLowerCase() !== event.key.toUpperCase();
  return (event.shiftKey && letter ? 'shift+' : '') + event.key.toLowerCase();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The arrow's direction times its step: 1 px on the screen, 10 with ctrl or alt; or null. */
export function arrowStep(event) {
  const arrow = ARROWS[event.key];
  if (!arrow) return null;
  const step = event.ctrlKey || event.altKey || event.metaKey ? 10 : 1;
  return { dx: arrow[0] * step, dy: arrow[1] * step };
}

/** Lower case without accents, so that a filter finds "oedème" by "oed" and by "oede". */
export const plain = (text) =>
  text.normalize('NFD').replace(/\p{Diacritic}/gu, '').toLowerCase().trim();

/**
 * How well a finding answers what was typed: 0 its name begins so, 1 a word of
 * its name, 2 a synonym's beginning, 3 anywhere; Infinity not at all.
 */
export function matchRank(label, words, typed) {
  const [name, others, wanted] = [plain(label), plain(words), plain(typed)];
  if (name.startsWith(wanted)) return 0;
  const begins = (text) => text.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted));
  if (begins(name)) return 1;
  if (begins(others)) return 2;
  return name.includes(wanted) || others.includes(wanted) ? 3 : Infinity;
}
