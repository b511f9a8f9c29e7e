/**
 * `<rg-showing>` around the form of a case that is shown with its answer: the clock, and the seconds
 * that go with the form. It counts only while the page can be seen; without it the server's clock
 * counts.
 */

import { Stopwatch, clockText } from '../viewer/draft.js';

export class RgShowing extends HTMLElement {
  #stop = null;
  #watch = new Stopwatch(() => performance.now());
  #ticking = 0;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    document.addEventListener('visibilitychange', this.#visibility, { signal });
    this.addEventListener('submit', this.#submit, { signal });
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#visibility();
    this.#tick();
  }

  disconnectedCallback() {
    this.#stop.abort();
    clearInterval(this.#ticking);
    this.#watch.stop();
  }

  #visibility = () => {
    if (document.visibilityState === 'visible') this.#watch.start();
    else this.#watch.stop();
  };

  #submit = () => {
    this.querySelector('[name="elapsed_s"]').value = this.#watch.seconds.toFixed(1);
  };

  #tick() {
    const text = clockText(this.#watch.seconds);
    for (const clock of document.querySelectorAll('[data-timer]')) {
      if (clock.textContent !== text) clock.textContent = text;
    }
  }
}
