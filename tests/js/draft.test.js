import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  DraftSaver, Stopwatch, chooseDraft, clockText, parseDraft,
} from '../../static/js/viewer/draft.js';

const draft = (revision, saved_at) => ({ answer: { marks: [] }, revision, saved_at });

/** A clock and a server that do what the test says. */
function bench(answers) {
  const timers = [];
  const sent = [];
  const told = [];
  const saver = new DraftSaver({
    send: (body) => {
      sent.push(body);
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    later: (run, ms) => {
      const timer = { run, ms };
      timers.push(timer);
      return timer;
    },
    forget: (timer) => timers.splice(timers.indexOf(timer), 1),
    tell: (...words) => told.push(words.filter((word) => word !== undefined).join(': ')),
    revision: 3,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const due = async () => {
    timers.shift().run();
    await settle();
  };
  return { saver, timers, sent, told, due, settle };
}

test('changes in quick succession leave as one request with the last of them', async () => {
  const { saver, timers, sent, told, due } = bench([{ revision: 4 }]);
  for (const n of [1, 2, 3]) saver.change(() => ({ n }));
  assert.deepEqual(timers.map(({ ms }) => ms), [500]);
  await due();
  assert.deepEqual(sent, [{ n: 3, revision: 3 }]);
  assert.deepEqual(told, ['saving', 'saved']);
  assert.equal(saver.pending, false);
});

test('who changes something all the time is saved all the same', async () => {
  const { saver, timers, sent, due } = bench([{ revision: 4 }, { revision: 5 }]);
  saver.change(() => ({ n: 1 }));
  const [first] = timers;
  saver.change(() => ({ n: 2 }));
  assert.equal(timers[0], first);
  await due();
  saver.change(() => ({ n: 3 }));
  await due();
  assert.deepEqual(sent.map(({ n }) => n), [2, 3]);
});

test('without a network a change does not ask the server before its time', async () => {
  const { saver, timers, sent, due, settle } = bench([new Error('down'), { revision: 4 }]);
  saver.change(() => ({ n: 1 }));
  await due();
  saver.change(() => ({ n: 2 }));
  assert.deepEqual(timers.map(({ ms }) => ms), [3000]);
  await saver.flush();
  await settle();
  assert.deepEqual(sent.map(({ n }) => n), [1, 2]);
});

test('the next request carries the revision the server gave', async () => {
  const { saver, sent, due } = bench([{ revision: 4 }, { revision: 5 }]);
  saver.change(() => ({}));
  await due();
  saver.change(() => ({}));
  await due();
  assert.deepEqual(sent.map(({ revision }) => revision), [3, 4]);
  assert.equal(saver.revision, 5);
});

test('a change during a request waits for its end: the revision is not known before', async () => {
  const { saver, timers, sent, due, settle } = bench([{ revision: 4 }, { revision: 5 }]);
  saver.change(() => ({ n: 1 }));
  timers.shift().run();
  saver.change(() => ({ n: 2 }));
  timers.shift().run();
  assert.equal(sent.length, 1);
  await settle();
  await due();
  assert.deepEqual(sent[1], { n: 2, revision: 4 });
});

test('without an answer the draft is kept and tried again, less and less often', async () => {
  const down = () => new Error('down');
  const { saver, timers, sent, told, due } = bench([down(), down(), { revision: 4 }]);
  saver.change(() => ({ n: 1 }));
  await due();
  const [{ ms: first }] = timers;
  await due();
  assert.ok(timers[0].ms > first);
  await due();
  assert.deepEqual(sent.map(({ n }) => n), [1, 1, 1]);
  assert.deepEqual(told, ['saving', 'kept', 'saving', 'kept', 'saving', 'saved']);
  assert.deepEqual(timers, []);
});

test('a refusal is told and ends the saving', async () => {
  const { saver, timers, sent, told, due } = bench([{ refused: 'Another tab is newer.' }]);
  saver.change(() => ({}));
  await due();
  saver.resume();
  saver.change(() => ({}));
  await saver.flush();
  assert.deepEqual(timers, []);
  assert.equal(sent.length, 1);
  assert.equal(told.at(-1), 'refused: Another tab is newer.');
});

test('a page that goes away sends what is waiting, at once and only once', async () => {
  const { saver, timers, sent } = bench([{ revision: 4 }]);
  await saver.flush();
  assert.equal(sent.length, 0);
  saver.change(() => ({ n: 1 }));
  await saver.flush();
  assert.deepEqual([sent.length, timers.length], [1, 0]);
  await saver.flush();
  assert.equal(sent.length, 1);
});

test('a submit stops the saving; a failed submit lets it go on', async () => {
  const { saver, timers, sent, due } = bench([{ revision: 4 }]);
  saver.change(() => ({ n: 1 }));
  saver.stop();
  assert.deepEqual(timers, []);
  saver.resume();
  await due();
  assert.deepEqual(sent, [{ n: 1, revision: 3 }]);
});

test("this browser's copy wins when the server has seen nothing newer", () => {
  const local = draft(3, 10);
  assert.equal(chooseDraft(draft(3, 99), local), local);
  assert.equal(chooseDraft(null, local), local);
});

test('otherwise the later copy wins, whichever way its time is written', () => {
  const local = draft(3, Date.parse('2024-06-11T10:00:00Z'));
  const later = draft(5, '2024-06-11T10:00:01Z');
  const earlier = draft(5, '2024-06-11T09:59:59+00:00');
  assert.equal(chooseDraft(later, local), later);
  assert.equal(chooseDraft(earlier, local), local);
  assert.equal(chooseDraft(draft(5, undefined), local), local);
  assert.equal(chooseDraft(later, null), later);
  assert.equal(chooseDraft(null, null), null);
});

test('a copy that is no draft is not used', () => {
  const isAnswer = (answer) => Array.isArray(answer?.marks);
  for (const text of [null, '', '{', '{"answer": 3}', '[]', 'null']) {
    assert.equal(parseDraft(text, isAnswer), null);
  }
  assert.deepEqual(parseDraft('{"answer": {"marks": []}}', isAnswer), { answer: { marks: [] } });
});

test('the stopwatch counts only while it runs', () => {
  let now = 1000;
  const watch = new Stopwatch(() => now, 12);
  now += 5000;
  assert.equal(watch.seconds, 12);
  watch.start();
  watch.start();
  now += 3000;
  assert.equal(watch.seconds, 15);
  watch.stop();
  watch.stop();
  now += 9000;
  assert.equal(watch.seconds, 15);
  watch.start();
  now += 500;
  assert.equal(watch.seconds, 15.5);
});

test('the clock reads minutes and seconds, then hours', () => {
  assert.deepEqual([0, 9.9, 84, 3599, 3600, 3725].map(clockText),
    ['00:00', '00:09', '01:24', '59:59', '1:00:00', '1:02:05']);
});
