/** How long a report is, and what still fits into it. Lengths are counted as the server counts. */

/** From this part of the limit on the count is worth a look. */
const NEAR = 0.9;

/** Code points, a line's end being one of them. */
export const lengthOf = (text) => [...text.replaceAll('\r\n', '\n')].length;

/** 'quiet', 'near' or 'over'. */
export function roomState(length, limit) {
  if (length > limit) return 'over';
  return length >= limit * NEAR ? 'near' : 'quiet';
}

/**
 * Whether `text` fits in the place of what is selected in `value`.
 * @param {{value: string, start: number, end: number, text: string, limit: number}} paste
 *   start, end: of the selection, as a field counts them
 * @returns {{fits: boolean, size: number, room: number}}
 */
export function pasteInto({ value, start, end, text, limit }) {
  const size = lengthOf(text);
  const room = Math.max(0, limit - lengthOf(value.slice(0, start) + value.slice(end)));
  return { fits: size <= room, size, room };
}

/** Whether this is the answer of a report: texts under names. */
export const isReport = (answer) =>
  typeof answer?.findings === 'string' && typeof answer?.impression === 'string';
