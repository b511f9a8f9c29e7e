/**
 * Nothing a reader did is lost: the draft goes to the server soon after each
 * change, and to this browser at once. No clock, no network, no document here:
 * all three are handed in.
 *
 * @typedef {{answer: object, unfinished: object[], elapsed_s: number,
 *   revision: number, saved_at: number}} LocalDraft saved_at: ms since 1970
 */

const RETRY_MS = [3000, 8000, 20000, 60000];

/** A server's time stamp, ISO 8601 or ms since 1970, as ms; 0 when there is none. */
function milliseconds(stamp) {
  if (typeof stamp === 'number') return stamp;
  const parsed = Date.parse(stamp ?? '');
  return Number.isNaN(parsed) ? 0 : parsed;
}

/**
 * The draft to go on with. When the server has seen nothing newer than this
 * browser, the browser's copy holds everything and perhaps more; otherwise the
 * later one wins.
 */
export function chooseDraft(server, local) {
  if (!local) return server ?? null;
  if (!server) return local;
  if (local.revision === (server.revision ?? 0)) return local;
  return milliseconds(local.saved_at) > milliseconds(server.saved_at) ? local : server;
}

/** The saved text as a draft; null when it is none (another version, or cut short). */
export function parseDraft(text, isAnswer) {
  if (!text) return null;
  try {
    const draft = JSON.parse(text);
    return isAnswer(draft?.answer) ? draft : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** 'mm:ss' up to an hour, then 'h:mm:ss'. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part) => String(part).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** Counts only while it runs. `now` gives ms on any steady clock. */
export class Stopwatch {
  #now;
  #spent_ms;
  #since = null;

  constructor(now, elapsedSeconds = 0) {
    this.#now = now;
    this.#spent_ms = elapsedSeconds * 1000;
  }

  get seconds() {
    const running = this.#since === null ? 0 : this.#now() - this.#since;
    return (this.#spent_ms + running) / 1000;
  }

  start() {
    this.#since ??= this.#now();
  }

  stop() {
    this.#spent_ms = this.seconds * 1000;
    this.#since = null;
  }
}

/**
 * Sends one draft at a time, the latest last. States told: 'saving', 'saved',
 * 'kept' (the server did not answer; tried again later), 'refused' (with the
 * server's message; nothing more is sent).
 */
export class DraftSaver {
  #send;
  #later;
  #forget;
  #tell;
  #delayMs;
  #timer = null;
  #latest = null;
  #busy = false;
  #failures = 0;
  #stopped = false;
  #refused = false;

  /**
   * @param {{send: (body: object) => Promise<{revision?: number, refused?: string}>,
   *   later: (run: () => void, ms: number) => unknown, forget: (timer: unknown) => void,
   *   tell: (state: string, message?: string) => void, revision?: number,
   *   delayMs?: number}} options `send` rejects when the server did not answer
   */
  constructor({ send, later, forget, tell, revision = 0, delayMs = 500 }) {
    this.#send = send;
    this.#later = later;
    this.#forget = forget;
    this.#tell = tell;
    this.#delayMs = delayMs;
    this.revision = revision;
  }

  get pending() { return this.#latest !== null || this.#busy; }

  /**
   * `body` is a function: answer and elapsed time are read when the request leaves. A request that
   * waits is not put off: somebody who types without a pause is saved all the same.
   */
  change(body) {
    if (this.#stopped) return;
    this.#latest = body;
    if (this.#timer === null) this.#wait(this.#delayMs);
  }

  /** Send now: the page is going away. */
  flush() {
    this.#cancel();
    return this.#run();
  }

  /** No more requests: the reading is being submitted, or the page is gone. */
  stop() {
    this.#stopped = true;
    this.#cancel();
  }

  /** The submit failed: go on saving, unless the server wants no more. */
  resume() {
    this.#stopped = this.#refused;
    if (this.#stopped) return;
    if (this.#latest) this.#wait(this.#delayMs);
  }

  #wait(ms) {
    this.#cancel();
    this.#timer = this.#later(() => {
      this.#timer = null;
      this.#run();
    }, ms);
  }

  #cancel() {
    if (this.#timer !== null) this.#forget(this.#timer);
    this.#timer = null;
  }

  async #run() {
    if (this.#busy || this.#stopped || this.#latest === null) return;
    const body = this.#latest;
    this.#latest = null;
    this.#busy = true;
    this.#tell('saving');
    let reply = null;
    try {
      reply = await this.#send({ ...body(), revision: this.revision });
    } catch {
      // Not lost: the caller keeps a copy in this browser, and this is tried again.
      this.#failures += 1;
    }
    this.#busy = false;
    if (reply?.refused !== undefined) {
      this.#refused = true;
      this.stop();
      this.#tell('refused', reply.refused);
    } else if (reply) {
      this.#failures = 0;
      this.revision = reply.revision;
      this.#tell('saved');
      if (this.#latest && !this.#stopped) this.#wait(0);
    } else {
      this.#latest ??= body;
      this.#tell('kept');
      if (!this.#stopped) this.#wait(RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1]);
    }
  }
}
