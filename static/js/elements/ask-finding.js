/** The short list that asks what a freshly drawn box is. */

import { matchRank } from './page.js';

const GAP_PX = 8;

/** Under the box where there is room, else right, left or above; else in the corner below. */
function placeBeside([left, top, right, bottom], root, popup) {
  const [wide, high] = [popup.offsetWidth, popup.offsetHeight];
  const inside = (value, size, room) => Math.max(4, Math.min(value, room - size - 4));
  const x = inside(left, wide, root.clientWidth);
  const y = inside(top, high, root.clientHeight);
  if (bottom + GAP_PX + high <= root.clientHeight) return { x, y: Math.max(4, bottom + GAP_PX) };
  if (right + GAP_PX + wide <= root.clientWidth) return { x: Math.max(4, right + GAP_PX), y };
  if (left - GAP_PX - wide >= 0) return { x: left - GAP_PX - wide, y };
  return { x, y: Math.max(4, top - GAP_PX - high >= 0 ? top - GAP_PX - high : root.clientHeight - high - 4) };
}

/**
 * Opens beside `beside` (a box in px inside `root`), from `<template id="ask-finding">`. Escape or
 * a click elsewhere closes it without an answer: the box stays, unnamed.
 * @param {{root: HTMLElement, beside: number[],
 *   findings: Map<string, {label: string, colour: string, words: string}>,
 *   onChoose: (finding: string) => void, onClose: () => void}} options
 * @returns {() => void} closes it
 */
export function askFinding({ root, beside, findings, onChoose, onClose }) {
  const template = document.querySelector('template#ask-finding');
  const popup = template.content.firstElementChild.cloneNode(true);
  const field = popup.querySelector('input');
  const list = popup.querySelector('ul');
  const stop = new AbortController();
  const close = () => {
    if (!popup.isConnected) return;
    stop.abort();
    popup.remove();
    onClose();
  };
  const choose = (finding) => {
    stop.abort();
    popup.remove();
    onChoose(finding);
    onClose();
  };
  const items = [...findings].map(([finding, { label, colour, words }]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.colour = colour;
    const swatch = document.createElement('span');
    swatch.className = 'swatch';
    button.append(swatch, label);
    button.addEventListener('click', () => choose(finding));
    const item = document.createElement('li');
    item.append(button);
    return { item, label, words };
  });
  const showMatches = () => {
    const ranked = items.map((entry) => [matchRank(entry.label, entry.words, field.value), entry.item]);
    const matches = ranked.filter(([rank]) => rank < Infinity).sort(([a], [b]) => a - b);
    list.replaceChildren(...matches.map(([, item]) => item));
  };
  const shown = () => [...list.querySelectorAll('button')];
  field.addEventListener('input', showMatches);
  showMatches();
  popup.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const all = shown();
    const here = all.indexOf(document.activeElement);
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') all[Math.min(here + 1, all.length - 1)]?.focus();
    else if (event.key === 'ArrowUp') (here > 0 ? all[here - 1] : field).focus();
    else if (event.key === 'Enter' && here < 0) all[0]?.click();
    else return;
    event.preventDefault();
  });
  // The list lies on the film: what happens in it is no gesture on the film.
  for (const type of ['pointerdown', 'pointermove', 'mousedown', 'wheel', 'contextmenu']) {
    popup.addEventListener(type, (event) => event.stopPropagation());
  }
  document.addEventListener('pointerdown', (event) => {
    if (!popup.contains(event.target)) close();
  }, { capture: true, signal: stop.signal });
  root.append(popup);
  const place = placeBeside(beside, root, popup);
  popup.style.left = `${place.x}px`;
  popup.style.top = `${place.y}px`;
  field.focus();
  return close;
}
