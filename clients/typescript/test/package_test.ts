/** What `npm pack` makes works in an empty project, as ECMAScript modules and as CommonJS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startNode, temporaryDirectory } from './support/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const project = temporaryDirectory();
const node = await startNode();
after(() => node.stop());

before(async () => {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', project], { cwd: root });
  writeFileSync(join(project, 'package.json'), '{"name":"empty","private":true}');
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${stdout.trim()}`], { cwd: project });
});

const body = `
  const system = initializeEventSystem({ url: process.argv[2], adminUrl: process.argv[3], service: 'empty' });
  const receipt = await EventBus.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1' });
  const [event] = await EventBus.getEvents({ id: receipt.id });
  await system.close();
  console.log(JSON.stringify({ source: event.source, router: typeof carillonRouter, plugin: typeof carillonPlugin }));
`;

const forms: [string, string][] = [
  ['main.mjs', `import { EventBus, initializeEventSystem } from 'carillon';\nimport { carillonRouter } from 'carillon/express';\nimport { carillonPlugin } from 'carillon/fastify';\n${body}`],
  ['main.cjs', `const { EventBus, initializeEventSystem } = require('carillon');\nconst { carillonRouter } = require('carillon/express');\nconst { carillonPlugin } = require('carillon/fastify');\n(async () => {${body}})();`],
];
for (const [file, text] of forms) {
  test(`it works in ${file}`, async () => {
    writeFileSync(join(project, file), text);
    const { stdout, stderr } = await run(process.execPath, [file, node.url, node.adminUrl], { cwd: project });
    assert.deepEqual([JSON.parse(stdout), stderr], [{ source: '/empty', router: 'function', plugin: 'function' }, '']);
  });
}

test('both forms share the system of the process', async () => {
  writeFileSync(
    join(project, 'both.mjs'),
    `import { createRequire } from 'node:module';
    import { initializeEventSystem, eventSystem } from 'carillon';
    const other = createRequire(import.meta.url)('carillon');
    initializeEventSystem({ url: 'http://127.0.0.1:1', service: 'both' });
    console.log(other.eventSystem() === eventSystem());`,
  );
  assert.equal((await run(process.execPath, ['both.mjs'], { cwd: project })).stdout, 'true\n');
});

test('a process that has closed its system ends by itself', { timeout: 10_000 }, async () => {
  writeFileSync(
    join(project, 'ends.mjs'),
    `import { EventBus, initializeEventSystem, shutdownEventSystem } from 'carillon';
    initializeEventSystem({ url: process.argv[2], service: 'ends' });
    const subscription = EventBus.subscribe('*', () => {}, { durable: false, identity: { companyId: 'c-1' } });
    await subscription.ready;
    await shutdownEventSystem();`,
  );
  await run(process.execPath, ['ends.mjs', node.url], { cwd: project, timeout: 9_000 });
});

test('the command carillon-types is installed', async () => {
  const { stdout } = await run(join(project, 'node_modules/.bin/carillon-types'), ['--admin-url', node.adminUrl], { cwd: project });
  assert.match(stdout, /declare module 'carillon'/);
});

test('types are found by strict projects of both kinds', async () => {
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  symlinkSync(join(root, 'node_modules/undici-types'), join(project, 'node_modules/undici-types'));
  const text = `import { EventBus, type CarillonEvent } from 'carillon';
import { carillonRouter } from 'carillon/express';
export const total = (event: CarillonEvent<'order.created'>): number => event.data.total;
export const router = carillonRouter({ authorize: () => true });
EventBus.subscribe('order.*', (event) => { if (event.type === 'order.shipped') console.log(event.data.carrier); }, { name: 'x' });
interface Shipment { orderId: string; carrier: string; trackingNumber: string }
const shipment: Shipment = { orderId: 'o-1', carrier: 'post', trackingNumber: 't' };
void EventBus.publish('order.shipped', shipment);
// @ts-expect-error -- orderId is missing
void EventBus.publish('order.shipped', { carrier: 'post', trackingNumber: 't' });
`;
  writeFileSync(join(project, 'use.mts'), text);
  writeFileSync(join(project, 'use.cts'), text);
  const options = ['--noEmit', '--strict', '--module', 'node16', '--moduleResolution', 'node16', '--target', 'es2022', '--types', 'node'];
  try {
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'use.mts', 'use.cts'], { cwd: project });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});
