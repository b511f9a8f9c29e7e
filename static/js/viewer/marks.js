/**
 * What a reader has said so far, and every step back. Pure and immutable:
 * each function returns a new reading, or the same one when nothing changed.
 *
 * @typedef {{id: string, image: string, finding: string|null,
 *   box: [number, number, number, number], confidence: number|null}} Mark
 * @typedef {{marks: readonly Mark[], selected: readonly string[], normal: boolean}} Reading
 * @typedef {{past: readonly Reading[], present: Reading, future: readonly Reading[],
 *   mergeKey: string|null}} History
 */

export const CONFIDENCE_LEVELS = 4;
const MAX_STEPS = 200;

/** @type {Reading} */
export const EMPTY = Object.freeze({
  marks: Object.freeze([]), selected: Object.freeze([]), normal: false,
});

const reading = (marks, selected, normal) => Object.freeze({
  marks: Object.freeze(marks.map((mark) => Object.freeze(mark))),
  selected: Object.freeze(selected),
  normal,
});

const freeId = (marks) =>
  `m${1 + Math.max(0, ...marks.map((mark) => Number(mark.id.slice(1)) || 0))}`;

export const findMark = (now, id) => now.marks.find((mark) => mark.id === id) ?? null;

/** A mark contradicts "normal film", so that is taken back. @returns {[Reading, string]} */
export function addMark(now, { image, finding, box, confidence = null }) {
  const id = freeId(now.marks);
  const mark = { id, image, finding, box: Object.freeze([...box]), confidence };
  return [reading([...now.marks, mark], now.selected, false), id];
}

function change(now, id, fields) {
  const mark = findMark(now, id);
  if (!mark) return now;
  if (Object.entries(fields).every(([key, value]) => String(mark[key]) === String(value))) {
    return now;
  }
  return reading(
    now.marks.map((other) => (other.id === id ? { ...other, ...fields } : other)),
    now.selected, now.normal,
  );
}

export const setBox = (now, id, box) => change(now, id, { box: Object.freeze([...box]) });

export const setFinding = (now, id, finding) => change(now, id, { finding });

/** @param {number|null} confidence 1 (a guess) to 4 (certain); null: not said */
export function setConfidence(now, id, confidence) {
  const level = Number.isInteger(confidence) && confidence >= 1 && confidence <= CONFIDENCE_LEVELS;
  return change(now, id, { confidence: level ? confidence : null });
}

export function removeMark(now, id) {
  if (!findMark(now, id)) return now;
  return reading(now.marks.filter((mark) => mark.id !== id), now.selected, now.normal);
}

/** Say that a finding without a place is present, or take it back. */
export function setSelected(now, finding, present) {
  if (now.selected.includes(finding) === present) return now;
  const selected = present
    ? [...now.selected, finding]
    : now.selected.filter((other) => other !== finding);
  return reading([...now.marks], selected, present ? false : now.normal);
}

/** Nothing marked, nothing ticked, and that on purpose. */
export function callNormal(now) {
  return now.normal ? now : reading([], [], true);
}

export function takeBackNormal(now) {
  return now.normal ? reading([...now.marks], [...now.selected], false) : now;
}

export const isEmpty = (now) =>
  now.marks.length === 0 && now.selected.length === 0 && !now.normal;

/** @returns {History} */
export const startHistory = (present = EMPTY) =>
  Object.freeze({ past: [], present, future: [], mergeKey: null });

/**
 * Take a step. Steps in a row with the same merge key (an arrow key held down)
 * are one step to undo. @returns {History}
 */
export function commit(history, next, mergeKey = null) {
  if (next === history.present) return history;
  const merges = mergeKey !== null && mergeKey === history.mergeKey;
  const past = merges ? history.past : [...history.past, history.present].slice(-MAX_STEPS);
  return Object.freeze({ past, present: next, future: [], mergeKey });
}

/** @returns {History} */
export function undo(history) {
  if (history.past.length === 0) return history;
  return Object.freeze({
    past: history.past.slice(0, -1),
    present: history.past[history.past.length - 1],
    future: [history.present, ...history.future],
    mergeKey: null,
  });
}

/** @returns {History} */
export function redo(history) {
  if (history.future.length === 0) return history;
  const [present, ...future] = history.future;
  return Object.freeze({ past: [...history.past, history.present], present, future, mergeKey: null });
}

const answerMark = ({ image, finding, box, confidence }) =>
  ({ image, finding, box: [...box], confidence });

/** What the server is told. A mark without a finding is not an answer yet. */
export function answerOf(now) {
  return {
    marks: now.marks.filter((mark) => mark.finding !== null).map(answerMark),
    selected: [...now.selected],
    normal: now.normal,
  };
}

/** The marks that the answer leaves out: kept in this browser only. */
export const unfinishedOf = (now) =>
  now.marks.filter((mark) => mark.finding === null).map(answerMark);

/** The reading that a saved answer stands for. @returns {Reading} */
export function readingOf(answer, unfinished = []) {
  let now = EMPTY;
  for (const mark of [...(answer?.marks ?? []), ...unfinished]) [now] = addMark(now, mark);
  return reading([...now.marks], [...(answer?.selected ?? [])],
    Boolean(answer?.normal) && now.marks.length === 0);
}
