/**
 * Which films of a study hang side by side. Remembered by the study's first film, so that the
 * feedback that replaces the reading shows the same ones.
 *
 * @typedef {{active: number, first: number, spread: boolean}} Hanging `spread`: side by side
 */

const REMEMBERED_STUDIES = 24;

/** @type {Map<string, Hanging>} */
const remembered = new Map();

/**
 * The first of the `room` films that hang: moved no further than the active film asks for.
 * @param {{count: number, room: number, active: number, first: number}} study
 */
export function hang({ count, room, active, first }) {
  const last = Math.max(0, count - room);
  const reach = Math.min(active, Math.max(first, active - room + 1));
  return Math.max(0, Math.min(reach, last));
}

/** @returns {Hanging} */
export function recallHanging(key) {
  return remembered.get(key) ?? { active: 0, first: 0, spread: true };
}

export function rememberHanging(key, hanging) {
  remembered.delete(key);
  remembered.set(key, hanging);
  if (remembered.size > REMEMBERED_STUDIES) remembered.delete(remembered.keys().next().value);
}
