/** The reading on the screen: one history, one selection, and who wants to know. */

import { EMPTY, commit, findMark, redo, startHistory, undo } from './marks.js';

/**
 * Events: `change` (the reading changed), `select` (another mark is selected),
 * `pick` (another finding is picked for drawing).
 */
export class MarksStore extends EventTarget {
  #history = startHistory(EMPTY);
  #selectedId = null;
  #picked = null;

  get reading() { return this.#history.present; }
  get selectedId() { return this.#selectedId; }
  get selected() { return findMark(this.reading, this.#selectedId); }
  get picked() { return this.#picked; }
  get canUndo() { return this.#history.past.length > 0; }
  get canRedo() { return this.#history.future.length > 0; }

  /** Start from a saved reading: nothing to undo. */
  load(reading) {
    this.#history = startHistory(reading);
    this.select(null);
    this.#tell('change');
  }

  apply(next, mergeKey = null) {
    this.#moveTo(commit(this.#history, next, mergeKey));
  }

  undo() { this.#moveTo(undo(this.#history)); }

  redo() { this.#moveTo(redo(this.#history)); }

  #moveTo(history) {
    if (history === this.#history) return;
    this.#history = history;
    if (this.#selectedId && !this.selected) this.select(null);
    this.#tell('change');
  }

  select(id) {
    if (id === this.#selectedId) return;
    this.#selectedId = id;
    this.#tell('select');
  }

  pick(finding) {
    this.#picked = finding;
    this.#tell('pick');
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
