import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  EMPTY, addMark, answerOf, callNormal, commit, isEmpty, readingOf, redo, removeMark, setBox,
  setConfidence, setFinding, setSelected, startHistory, takeBackNormal, undo, unfinishedOf,
} from '../../static/js/viewer/marks.js';
import { seeded } from './random.js';

const BOX = [1, 2, 30, 40];
const withMark = (finding = 'nodule') => addMark(EMPTY, { image: 'a', finding, box: BOX })[0];

test('a new mark gets an id of its own, also after one was removed', () => {
  let [now, first] = addMark(EMPTY, { image: 'a', finding: 'x', box: BOX });
  let second;
  [now, second] = addMark(now, { image: 'a', finding: 'x', box: BOX });
  now = removeMark(now, first);
  const [last, third] = addMark(now, { image: 'a', finding: 'x', box: BOX });
  assert.deepEqual(last.marks.map((mark) => mark.id), [second, third]);
  assert.notEqual(second, third);
});

test('a reading cannot be changed in place', () => {
  const now = withMark();
  assert.throws(() => { now.marks[0].finding = 'y'; }, TypeError);
  assert.throws(() => now.marks.push(1), TypeError);
  assert.throws(() => { now.marks[0].box[0] = 9; }, TypeError);
});

test('a change that changes nothing gives the same reading', () => {
  const now = withMark();
  assert.equal(setBox(now, 'm1', [...BOX]), now);
  assert.equal(setFinding(now, 'm1', 'nodule'), now);
  assert.equal(setFinding(now, 'gone', 'nodule'), now);
  assert.equal(removeMark(now, 'gone'), now);
  assert.equal(setSelected(now, 'x', false), now);
  assert.equal(takeBackNormal(now), now);
});

test('confidence is one of four levels or not said', () => {
  const now = withMark();
  assert.equal(setConfidence(now, 'm1', 3).marks[0].confidence, 3);
  for (const wrong of [0, 5, 2.5, null, NaN]) {
    assert.equal(setConfidence(setConfidence(now, 'm1', 2), 'm1', wrong).marks[0].confidence, null);
  }
});

test('normal and anything marked exclude each other', () => {
  const normal = callNormal(setSelected(withMark(), 'scoliosis', true));
  assert.deepEqual(answerOf(normal), { marks: [], selected: [], normal: true });
  assert.equal(addMark(normal, { image: 'a', finding: 'x', box: BOX })[0].normal, false);
  assert.equal(setSelected(normal, 'scoliosis', true).normal, false);
  assert.equal(isEmpty(normal), false);
  assert.equal(isEmpty(EMPTY), true);
});

test('a mark without a finding is kept but is no answer', () => {
  const now = addMark(withMark(), { image: 'a', finding: null, box: [5, 5, 9, 9] })[0];
  assert.equal(answerOf(now).marks.length, 1);
  assert.deepEqual(unfinishedOf(now), [{ image: 'a', finding: null, box: [5, 5, 9, 9], confidence: null }]);
  const back = readingOf(answerOf(now), unfinishedOf(now));
  assert.equal(back.marks.length, 2);
});

test('an answer read back is the same answer', () => {
  const now = setSelected(setConfidence(withMark(), 'm1', 4), 'scoliosis', true);
  assert.deepEqual(answerOf(readingOf(answerOf(now))), answerOf(now));
  assert.deepEqual(readingOf(null), EMPTY);
});

test('undo and redo walk the same way back and forth', () => {
  const random = seeded(11);
  let history = startHistory();
  const seen = [history.present];
  for (let i = 0; i < 120; i += 1) {
    const now = history.present;
    const id = now.marks.length > 0 ? random.one(now.marks).id : 'none';
    const next = random.one([
      () => addMark(now, { image: 'a', finding: random.one(['x', 'y', null]), box: BOX })[0],
      () => setBox(now, id, [random.whole(0, 9), 1, 20, 30]),
      () => setConfidence(now, id, random.whole(1, 4)),
      () => setSelected(now, random.one(['s', 't']), random.one([true, false])),
      () => removeMark(now, id),
      () => callNormal(now),
    ])();
    const step = commit(history, next);
    if (step !== history) seen.push(next);
    history = step;
  }
  for (let i = seen.length - 1; i >= 0; i -= 1) {
    assert.equal(history.present, seen[i]);
    history = undo(history);
  }
  assert.equal(undo(history), history);
  for (const reading of seen) {
    assert.equal(history.present, reading);
    history = redo(history);
  }
  assert.equal(redo(history), history);
});

test('a new step forgets what was undone', () => {
  const one = commit(startHistory(), withMark('a'));
  const other = commit(undo(one), withMark('b'));
  assert.equal(redo(other), other);
});

test('steps with one merge key are undone together, until another step comes between', () => {
  let history = commit(startHistory(), withMark());
  const before = history.present;
  for (let x = 2; x < 6; x += 1) history = commit(history, setBox(history.present, 'm1', [x, 2, 30, 40]), 'nudge');
  assert.equal(undo(history).present, before);
  history = commit(history, setConfidence(history.present, 'm1', 1));
  const between = history.present;
  history = commit(history, setBox(history.present, 'm1', [9, 2, 30, 40]), 'nudge');
  assert.equal(undo(history).present, between);
});

test('a step after an undo does not merge with the one undone', () => {
  let history = commit(startHistory(), withMark());
  history = commit(history, setBox(history.present, 'm1', [2, 2, 30, 40]), 'nudge');
  history = undo(history);
  const before = history.present;
  history = commit(history, setBox(history.present, 'm1', [3, 2, 30, 40]), 'nudge');
  assert.equal(undo(history).present, before);
});
