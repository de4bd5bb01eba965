/** Jobs of a real node. */
import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { DeadLetterError, EventSystem, RetryLaterError, type CarillonError } from '../src/index.js';
import { eventually, startNode, type TestNode } from './support/node.js';

const node: TestNode = await startNode();
after(() => node.stop());

function systemOf(t: TestContext, errors: Error[] = []): EventSystem {
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop', onError: (error) => errors.push(error) });
  t.after(() => system.close());
  return system;
}

test('a key is enqueued once', async (t) => {
  const { jobs } = systemOf(t);
  const first = await jobs.enqueue('once', { n: 1 }, { kind: 'once.small', key: 'k', companyId: 'c-1', priority: 5 });
  assert.deepEqual(await jobs.enqueue('once', { n: 1 }, { kind: 'once.small', key: 'k', companyId: 'c-1' }), { ...first, duplicate: true });
  await assert.rejects(jobs.enqueue('once', { n: 2 }, { kind: 'once.small', key: 'k', companyId: 'c-1' }), (error: CarillonError) => error.code === 'conflict' && error.field === 'key');
  await assert.rejects(jobs.enqueue('email'), (error: CarillonError) => error.code === 'conflict');
  await assert.rejects(jobs.enqueue('Once'), (error: CarillonError) => error.field === 'queue');
  await assert.rejects(jobs.get(471_100), (error: CarillonError) => error.code === 'not_found');
  const job = await jobs.get(first.id);
  assert.deepEqual([job.state, job.kind, job.companyId, job.payload, job.result, job.progress], ['queued', 'once.small', 'c-1', { n: 1 }, null, null]);
});

test('jobs of one turn travel as one array, and one that is refused fails alone', async (t) => {
  const sent: unknown[][] = [];
  const counting: typeof globalThis.fetch = (url, init) => {
    if (init?.method === 'POST') sent.push(JSON.parse(init.body as string) as unknown[]);
    return globalThis.fetch(url, init);
  };
  const system = new EventSystem({ url: node.url, service: 'shop', environment: { fetch: counting } });
  t.after(() => system.close());
  const payload = { n: 1 };
  const made = [system.jobs.enqueue('turn', payload, { key: 'a', runAt: new Date('2026-01-01'), companyId: 'c-1' }), system.jobs.enqueue('email'), system.jobs.enqueue('turn', { n: 2 }), system.jobs.enqueue('Turn'), system.jobs.enqueue('turn', { n: 1 }, { key: 'a', companyId: 'c-1' }), system.jobs.enqueue('turn', { n: 3 }, { key: 'a', companyId: 'c-1' })];
  payload.n = 7;
  await system.flush();
  const ends = await Promise.allSettled(made);
  assert.deepEqual(sent.map((jobs) => jobs.length), [6]);
  assert.deepEqual(ends.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected']);
  const codes = ends.map((end) => (end.status === 'rejected' ? (end.reason as CarillonError).code : end.value.duplicate));
  assert.deepEqual(codes, [false, 'conflict', false, 'invalid_argument', true, 'conflict']);
  const ids = await Promise.all([made[0], made[4]].map(async (one) => (await one)?.id));
  assert.equal(ids[0], ids[1]);
  assert.deepEqual((await system.jobs.get(ids[0] ?? 0)).payload, { n: 1 });
});

test('a job that spoils its array fails alone, too', async (t) => {
  const { jobs } = systemOf(t);
  // Half of a pair of surrogates is no text.
  const ends = await Promise.allSettled(['a', '\ud83d', 'b'].map((word) => jobs.enqueue('spoilt', { word })));
  assert.deepEqual(ends.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
});

test('jobs that wait are sent before the end', async () => {
  const system = new EventSystem({ url: node.url, service: 'shop' });
  const made = system.jobs.enqueue('last');
  await system.close();
  assert.equal((await made).duplicate, false);
  await assert.rejects(system.jobs.enqueue('last'), (error: CarillonError) => error.code === 'closed');
});

test('a result and the way to it are kept', async (t) => {
  const { jobs } = systemOf(t);
  const worker = jobs.work(
    'thumbs',
    async (job) => {
      await job.progress('halved', 50);
      return { width: Number(job.payload.width) / 2 };
    },
    { concurrency: 2 },
  );
  const made = await Promise.all([10, 20, 30, 40].map((width) => jobs.enqueue('thumbs', { width })));
  const done = await Promise.all(made.map(({ id }) => jobs.wait(id)));
  assert.deepEqual(done.map(({ state, result }) => [state, result]), [5, 10, 15, 20].map((width) => ['done', { width }]));
  assert.deepEqual(done.map(({ progress }) => [progress?.note, progress?.percent]), Array.from({ length: 4 }, () => ['halved', 50]));
  await worker.stop();
  assert.equal(worker.error, undefined);
});

test('the trace of a job goes on in its worker', async (t) => {
  const { jobs } = systemOf(t);
  const seen: [unknown, string | undefined][] = [];
  const worker = jobs.work('traced', (job) => void seen.push([job.payload.n, job.traceparent]));
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const [n, trace] of [traceparent, undefined, 'no trace'].entries()) await jobs.wait((await jobs.enqueue('traced', { n }, trace === undefined ? {} : { traceparent: trace })).id);
  assert.deepEqual(seen, [[0, traceparent], [1, undefined], [2, undefined]]);
  await worker.stop();
});

test('a job that takes longer than its queue has to acknowledge is extended in time', async (t) => {
  const other = await startNode({ options: ['--jobs-ack-timeout', '2s'] });
  t.after(() => other.stop());
  const system = new EventSystem({ url: other.url, adminUrl: other.adminUrl, service: 'shop' });
  t.after(() => system.close());
  // What it does takes this long.
  system.jobs.work('slow', () => new Promise((resolve) => setTimeout(resolve, 3_500)));
  const { id } = await system.jobs.enqueue('slow');
  const { state, attempts, lastError } = await system.jobs.wait(id);
  assert.deepEqual([state, attempts, lastError], ['done', 1, null]);
});

test('what a handler throws is kept', async (t) => {
  const errors: Error[] = [];
  const { jobs } = systemOf(t, errors);
  jobs.work('refusals', (job) => {
    if (job.payload.how === 'dead') throw new DeadLetterError('no photo');
    if (job.payload.how === 'later') throw new RetryLaterError('busy', 300_000);
    if (job.payload.how === 'large') return 'x'.repeat(40_000);
    throw new Error('broken');
  });
  const ids = await Promise.all(['dead', 'later', 'other', 'large'].map(async (how) => (await jobs.enqueue('refusals', { how })).id));
  const [dead, later, other, large] = ids as [number, number, number, number];
  assert.deepEqual([(await jobs.wait(dead)).state, (await jobs.get(dead)).lastError], ['dead', 'no photo']);
  assert.equal((await jobs.wait(large)).state, 'dead');
  for (const [id, why] of [[later, 'busy'], [other, 'broken']] as const) {
    await eventually(async () => (await jobs.get(id)).lastError === why, why);
    assert.equal((await jobs.get(id)).state, 'queued');
  }
  assert.deepEqual(errors.map(({ message }) => message), ['broken']);
});

test('a worker that the node does not accept ends', async (t) => {
  const errors: Error[] = [];
  const { jobs } = systemOf(t, errors);
  for (const wrong of ['', 'A', 'a.b', 'a/b']) assert.throws(() => jobs.work(wrong, () => undefined), TypeError);
  const worker = jobs.work('email', () => undefined);
  await worker.ended;
  assert.equal(worker.error?.code, 'conflict');
  assert.equal(errors.length, 1);
});
