/** Full-depth pictures by URL: the feedback screen reuses what the reading has fetched. */

/** Two screens of two views. A 7-megapixel picture with its pyramid takes 20 MB. */
const MAX_PICTURES = 4;

/**
 * @typedef {{levels: {columns: number, rows: number, values: Uint16Array}[],
 *   decodeMs: number}} Picture
 * @typedef {{promise: Promise<Picture>, picture: Picture | null,
 *   listeners: Set<(progress: number) => void>}} Entry
 * @type {Map<string, Entry>}
 */
const entries = new Map();

function load(entry, url, columns, rows, workerUrl) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl, { type: 'module' });
    const end = (settle, value) => {
      worker.terminate();
      entry.listeners.clear();
      settle(value);
    };
    worker.addEventListener('message', ({ data }) => {
      if (data.levels) {
        entry.picture = data;
        end(resolve, data);
      } else if (data.failed) end(reject, new Error(data.failed));
      else entry.listeners.forEach((tell) => tell(data.progress));
    });
    worker.addEventListener('error', (event) => {
      end(reject, new Error(event.message || 'The decoder could not start.'));
    });
    worker.postMessage({ url: new URL(url, document.baseURI).href, columns, rows });
  });
}

/** The picture at `url` if it is already decoded, without waiting; else null. */
export const readyPixels = (url) => entries.get(url)?.picture ?? null;

/**
 * The picture at `url`, fetched and decoded once. A failure is not remembered:
 * the next film that asks tries again.
 * @returns {Promise<Picture>}
 */
export function loadPixels({ url, columns, rows, workerUrl, onProgress }) {
  let entry = entries.get(url);
  if (!entry) {
    entry = { promise: null, picture: null, listeners: new Set() };
    entry.promise = load(entry, url, columns, rows, workerUrl);
    entry.promise.catch(() => entries.delete(url));
  }
  // The last asked for is the last to be dropped.
  entries.delete(url);
  entries.set(url, entry);
  if (entries.size > MAX_PICTURES) entries.delete(entries.keys().next().value);
  if (!entry.picture) entry.listeners.add(onProgress);
  return entry.promise;
}
