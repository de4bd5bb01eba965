import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { augmentation, catalogueModule, typeOf, type JsonSchema, type ListedType } from '../src/generate.js';
import { startNode, temporaryDirectory } from './support/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const node = await startNode();
after(() => node.stop());

const flat = (schema: JsonSchema): string => typeOf(schema).replace(/\s+/g, ' ');

test('each kind of schema becomes a type that is not narrower', () => {
  const cases: [JsonSchema, string][] = [
    [true, 'unknown'],
    [false, 'never'],
    [{}, 'unknown'],
    [{ type: 'string' }, 'string'],
    [{ type: 'integer' }, 'number'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: ['integer', 'number'] }, 'number'],
    [{ const: 'a' }, '"a"'],
    [{ enum: ['a', 1, null, true] }, '"a" | 1 | null | true'],
    [{ enum: ['a', { b: 1 }] }, 'unknown'],
    [{ type: 'array' }, 'unknown[]'],
    [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
    [{ type: 'array', prefixItems: [{ type: 'string' }] }, 'unknown[]'],
    [{ type: 'object' }, '{ [name: string]: unknown }'],
    [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [name: string]: number }'],
    [{ type: 'object', properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a', 'd'], additionalProperties: false }, '{ a: string; "b-c"?: unknown; d: unknown; }'],
    [{ properties: { a: { type: 'string' } } }, '{ a?: string; [name: string]: unknown; }'],
    [{ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'number' } }] }, 'string | number[]'],
    [{ allOf: [{ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }, { oneOf: [{ type: 'string' }, { type: 'null' }] }] }, '{ a?: string; } & (string | null)'],
    [{ $defs: { id: { type: 'string' } }, type: 'array', items: { $ref: '#/$defs/id' } }, 'string[]'],
    [{ type: 'array', items: { $ref: '#/$defs/none' } }, 'unknown[]'],
  ];
  for (const [schema, wanted] of cases) assert.equal(flat(schema), wanted, JSON.stringify(schema));
});

test('the package knows the catalogue of this node', async () => {
  const { types } = (await (await fetch(`${node.adminUrl}/api/events/types`)).json()) as { types: ListedType[] };
  assert.equal(catalogueModule(types), readFileSync(join(root, 'src/catalogue.ts'), 'utf8'), 'run `npm run catalogue`');
});

test('types that are registered at run time are typed by carillon-types', async () => {
  for (const [type, schema] of [
    ['ticket.opened', { type: 'object', properties: { ticketId: { type: 'string' }, urgent: { type: 'boolean' } }, required: ['ticketId'] }],
    ['order.shipped', { type: 'object', properties: { depot: { enum: ['north', 'south'] } }, required: ['depot'] }],
  ] as const) {
    const answer = await fetch(`${node.adminUrl}/api/events/types/${type}`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ audience: 'company', schema }) });
    assert.ok(answer.ok, await answer.text());
  }
  const directory = temporaryDirectory();
  const { stdout } = await run(process.execPath, [join(root, 'dist/esm/bin/types.js'), '--admin-url', node.adminUrl]);
  writeFileSync(join(directory, 'carillon-types.ts'), stdout);
  writeFileSync(
    join(directory, 'use.ts'),
    `import { EventBus } from 'carillon';
import './carillon-types.js';
void EventBus.publish('ticket.opened', { ticketId: 't-1', urgent: true }, { companyId: 'c-1' });
void EventBus.publish('order.shipped', { orderId: 'o-1', carrier: 'post', trackingNumber: 't', depot: 'north' });
// @ts-expect-error -- the added member is required
void EventBus.publish('order.shipped', { orderId: 'o-1', carrier: 'post', trackingNumber: 't' });
// @ts-expect-error -- of the wrong type
void EventBus.publish('ticket.opened', { ticketId: 7 });
// @ts-expect-error -- no such type
void EventBus.publish('ticket.opend', { ticketId: 't-1' });
EventBus.subscribe('ticket.*', (event) => event.data.ticketId.length, { name: 'x' });
`,
  );
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: true, rootDir: '/', types: [], typeRoots: [join(root, 'node_modules/@types')], baseUrl: directory, paths: { carillon: [join(root, 'dist/esm/index.d.ts')] } },
    include: ['*.ts'],
  };
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  await assert.doesNotReject(run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', directory]).catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout);
  }));
});

test('what it prints is fixed by an example, for other programs that print it', () => {
  const { types } = JSON.parse(readFileSync(join(root, 'test/fixtures/types.json'), 'utf8')) as { types: ListedType[] };
  assert.equal(augmentation(types), readFileSync(join(root, 'test/fixtures/types.expected.txt'), 'utf8'));
});

test('without registered types the module is empty, and a wrong node is told', async () => {
  assert.equal(augmentation([]).includes('interface'), false);
  await assert.rejects(run(process.execPath, [join(root, 'dist/esm/bin/types.js'), '--admin-url', 'http://127.0.0.1:1', '--oops']), (error: { code: number; stderr: string }) => {
    assert.equal(error.code, 2);
    assert.match(error.stderr, /--oops is no option/);
    return true;
  });
});
