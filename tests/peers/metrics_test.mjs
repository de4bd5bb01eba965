// GET /metrics by Prometheus' own judge.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { eventually, publish, startNode } from './node_fixture.mjs';

test('promtool finds nothing wrong with the metrics of a node at work', async (t) => {
  const node = await startNode(t);
  await publish(node, { type: 'order.created', companyId: 'c-1', userId: 'u-1', data: { orderId: 'o-1', total: 1, items: [], status: 'new' } });
  const text = await eventually(async () => {
    const answer = await fetch(`${node.admin}/metrics`);
    assert.equal(answer.status, 200);
    const out = await answer.text();
    // Series of jobs come with the first job.
    return out.includes('carillon_job_attempts_total{') && out;
  }, 'a metric of jobs');
  const judge = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(judge.error, undefined, 'promtool is of the package prometheus: ./dev test installs it');
  assert.equal(judge.stdout + judge.stderr, '');
  assert.equal(judge.status, 0);
});
