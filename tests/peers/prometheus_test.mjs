// packaging/prometheus and packaging/grafana, by Prometheus' own judge and against the metrics of a node.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, outboxOf, publish, requireInstalled, sourceFile, startNode, startReceiver, temporaryDirectory } from './node_fixture.mjs';

const yaml = requireInstalled('js-yaml');
const rulesFile = sourceFile('packaging/prometheus/carillon.rules.yml');
const testsFile = sourceFile('tests/peers/rules/carillon.rules.test.yml');
const rules = yaml.load(readFileSync(rulesFile, 'utf8')).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync(sourceFile('packaging/grafana/carillon.json'), 'utf8'));
const targets = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ title: panel.title, ...target })));

function promtool(...args) {
  // Each unit test of rules writes a database of its own: in memory, since a busy disk takes minutes for that.
  const env = existsSync('/dev/shm') ? { ...process.env, TMPDIR: '/dev/shm' } : process.env;
  const out = spawnSync('promtool', args, { encoding: 'utf8', timeout: 120_000, env });
  assert.equal(out.error, undefined, 'promtool is of the package prometheus: ./dev test installs it');
  assert.equal(out.status, 0, out.stdout + out.stderr);
}

/** The labels of `{a="b",c="d"}`, or of `a="b"`, as objects with `name`, `operator` and `value`. */
const labelsOf = (text) =>
  [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(([, name, operator, value]) => ({ name, operator, value }));

/** The selectors of our series in an expression. Prometheus adds `instance` and `job`: those are not compared. */
const selectorsOf = (expression) =>
  [...expression.matchAll(/\b(carillon_\w+)\s*(?:\{([^}]*)\})?/g)].map(([text, name, labels]) => ({
    text, name, labels: labelsOf(labels ?? '').filter((x) => x.name !== 'instance' && x.name !== 'job') }));

/** The series of a text of metrics. */
const seriesOf = (metrics) =>
  [...metrics.matchAll(/^(carillon_\w+)(?:\{(.*)\})? \S+$/gm)].map(([, name, labels]) => ({
    name, labels: Object.fromEntries(labelsOf(labels ?? '').map((x) => [x.name, x.value])) }));

function fits(series, { name, labels }) {
  return series.name === name && labels.every((x) => {
    const value = series.labels[x.name];
    if (value === undefined) return false;
    const same = x.operator.endsWith('~') ? new RegExp(`^(?:${x.value})$`).test(value) : value === x.value;
    return x.operator.startsWith('!') ? !same : same;
  });
}

/** The anchor of a heading, as the pages that show the documents make it. */
const anchorOf = (heading) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');

test('promtool accepts the rules, and they say what their tests expect', () => {
  promtool('check', 'rules', rulesFile);
  promtool('test', 'rules', testsFile);
});

test('every alert has a time at which it is silent, and one at which it fires', () => {
  const looks = yaml.load(readFileSync(testsFile, 'utf8')).tests.flatMap((x) => x.alert_rule_test);
  const named = (fires) => new Set(looks.filter((x) => (x.exp_alerts.length > 0) === fires).map((x) => x.alertname));
  const alerts = rules.map((x) => x.alert);
  assert.ok(alerts.length > 20);
  assert.equal(new Set(alerts).size, alerts.length);
  assert.deepEqual(alerts.filter((x) => !named(true).has(x)), []);
  assert.deepEqual(alerts.filter((x) => !named(false).has(x)), []);
});

test('an alert names its weight, and a place of the documents that exists', () => {
  for (const { alert, labels, annotations } of rules) {
    assert.ok(['critical', 'warning', 'info'].includes(labels.severity), alert);
    const [file, anchor] = annotations.see.split('#');
    assert.ok(existsSync(sourceFile(file)), `${alert}: there is no ${file}`);
    const headings = [...readFileSync(sourceFile(file), 'utf8').matchAll(/^#+ (.*)$/gm)].map((x) => anchorOf(x[1]));
    assert.ok(anchor === undefined || headings.includes(anchor), `${alert}: ${file} has no #${anchor}`);
  }
});

test('the dashboard has panels with ids of their own, and Prometheus reads their expressions', () => {
  const ids = dashboard.panels.map((x) => x.id);
  assert.ok(targets.length > 40);
  assert.ok(ids.every(Number.isInteger));
  assert.equal(new Set(ids).size, ids.length);
  // As rules, so that promtool reads them; what Grafana puts in is a duration here.
  const recorded = targets.map(({ expr }, i) => ({ record: `panel_${i}`, expr: expr.replaceAll('$__rate_interval', '1m') }));
  const file = join(temporaryDirectory(), 'panels.yml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] }));
  promtool('check', 'rules', file);
});

test('every series of rules and dashboard is one that a node prints', async (t) => {
  const node = await startNode(t, ['--webhooks-allow-http', '--webhooks-allow', '127.0.0.0/8', '--outbox-from', outboxOf(['no.such', 'order.cancelled'])]);
  const receiver = await startReceiver(t);
  const made = await fetch(`${node.admin}/api/events/webhooks`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ url: receiver.url, types: [] }) });
  assert.equal(made.status, 201);
  await publish(node, { type: 'order.created', companyId: 'c-1', userId: 'u-1', data: { orderId: 'o-1', total: 1, items: [], status: 'new' } });
  const { lines, series: printed } = await eventually(async () => {
    const metrics = await (await fetch(`${node.admin}/metrics`)).text();
    // These come with the first job and the first webhook at work.
    const isComplete = metrics.includes('carillon_job_attempts_total{') && metrics.includes('carillon_webhook_lag_events{') &&
      metrics.includes('carillon_outbox_set_aside_rows{outbox="other"} 1');
    return isComplete && { lines: metrics.split('\n'), series: seriesOf(metrics) };
  }, 'metrics of jobs, webhooks and the outbox');
  for (const [name, value] of [['moved_total', 1], ['refused_total', 1], ['waiting_rows', 0], ['up', 1], ['failures_total', 0]])
    assert.ok(lines.includes(`carillon_outbox_${name}{outbox="other"} ${value}`), name);
  const named = [...rules.map((x) => [x.alert, x.expr]), ...targets.map((x) => [x.title, x.expr])]
    .flatMap(([where, expression]) => selectorsOf(expression).map((x) => ({ where, ...x })));
  assert.ok(named.length > 100);
  const missing = named.filter((x) => !printed.some((series) => fits(series, x))).map((x) => `${x.where}: ${x.text}`);
  assert.deepEqual(missing, []);
  // What this compares is compared: neither another name nor another label is found.
  for (const wrong of ['carillon_log_heads', 'carillon_limit_used{limit="no such"}', 'carillon_jobs{stat="dead"}', 'carillon_consumers_up{x!="1"}'])
    assert.ok(!printed.some((series) => fits(series, selectorsOf(wrong)[0])), wrong);
});
