// docs/openapi.yaml and docs/asyncapi.yaml, read by the programs that others read them with, and the
// rules that make what is generated of them usable.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { npmDirectory, requireInstalled, sourceFile } from './node_fixture.mjs';

const SwaggerParser = requireInstalled('@apidevtools/swagger-parser');
const { Parser } = requireInstalled('@asyncapi/parser');

const openapiFile = sourceFile('docs/openapi.yaml');
const read = (name) => readFileSync(sourceFile(name), 'utf8');
const methods = ['get', 'put', 'post', 'patch', 'delete'];

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.filter((x) => item[x]).map((method) => ({ path, method, ...item[method] })));
}

/** Calls `visit(schema, where)` for every schema below. `where` is what leads to it. */
function eachSchema(schema, where, visit) {
  if (!schema || schema.$ref) return;
  visit(schema, where);
  for (const [name, x] of Object.entries(schema.properties ?? {})) eachSchema(x, `${where}.${name}`, visit);
  if (schema.items) eachSchema(schema.items, `${where}[]`, visit);
  if (typeof schema.additionalProperties === 'object') eachSchema(schema.additionalProperties, `${where}{}`, visit);
  for (const kind of ['allOf', 'oneOf', 'anyOf'])
    (schema[kind] ?? []).forEach((x, i) => eachSchema(x, `${where}/${kind}/${i}`, visit));
}

/** Names of the components that answers lead to. */
function componentsOfAnswers(document) {
  const found = new Set();
  const follow = (x) => {
    if (Array.isArray(x)) x.forEach(follow);
    else if (x && typeof x === 'object') {
      if (typeof x.$ref === 'string' && !found.has(x.$ref)) {
        found.add(x.$ref);
        follow(x.$ref.slice(2).split('/').reduce((y, name) => y[name], document));
      }
      Object.values(x).forEach(follow);
    }
  };
  for (const x of operationsOf(document)) follow(x.responses);
  return [...found].filter((x) => x.startsWith('#/components/schemas/')).map((x) => x.split('/').at(-1));
}

/** The schemas that stand in the answers themselves, with where they do. */
function inlineAnswers(document) {
  const all = operationsOf(document).flatMap((x) =>
    Object.entries(x.responses).map(([status, answer]) => [`${x.operationId} ${status}`, answer]));
  return [...all, ...Object.entries(document.components.responses)].flatMap(([where, answer]) =>
    Object.values(answer.content ?? {}).map((media) => [where, media.schema]));
}

/** The codes and statuses of the table in docs/protocol.md, and that of the ports alone, which no part of the engine fails with. */
function documentedCodes() {
  const text = read('docs/protocol.md');
  const rows = [...text.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [code, Number(status)]);
  const ofPorts = [...text.matchAll(/answers `(\d{3})` with the code `([a-z_]+)`/g)].map(([, status, code]) => [code, Number(status)]);
  return new Map([...rows, ...ofPorts]);
}

describe('openapi.yaml', () => {
  test('redocly finds nothing wrong', () => {
    const run = spawnSync(
      `${npmDirectory}/node_modules/.bin/redocly`,
      ['lint', openapiFile, '--config', sourceFile('tests/peers/redocly.yaml'), '--format', 'stylish'],
      { encoding: 'utf8', env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', REDOCLY_TELEMETRY: 'off' } },
    );
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });

  test('swagger-parser takes it', async () => {
    const document = await SwaggerParser.validate(openapiFile);
    assert.equal(document.info.title, 'Carillon');
  });

  test('every call has a name of its own and says on which port it is', async () => {
    const document = await SwaggerParser.parse(openapiFile);
    const all = operationsOf(document);
    assert.equal(new Set(all.map((x) => x.operationId)).size, all.length);
    for (const x of all) {
      assert.match(x.operationId, /^[a-z][A-Za-z]+$/);
      const ports = (x.servers ?? document.servers).map((y) => new URL(y.url).port).sort();
      const tags = x.tags.map((tag) => ({ data: '7070', admin: '7071' })[tag]).sort();
      assert.deepEqual(ports, tags, x.operationId);
    }
    assert.equal(document.servers.length, 1, 'a generated client takes the first for every call');
  });

  test('answers say what is always there, and free objects that they are free', async () => {
    const document = await SwaggerParser.parse(openapiFile);
    const schemas = componentsOfAnswers(document).map((name) => [name, document.components.schemas[name]]);
    const wrong = [];
    for (const [name, schema] of [...schemas, ...inlineAnswers(document)])
      eachSchema(schema, name, (x, where) => {
        // Both ways: the same filter is sent and shown.
        if (x.properties && !x.required && name !== 'Filter') wrong.push(`${where} has no required`);
        for (const y of x.required ?? [])
          if (x.properties && !x.properties[y]) wrong.push(`${where} requires ${y}, which it does not describe`);
      });
    for (const [name, schema] of Object.entries(document.components.schemas))
      eachSchema(schema, name, (x, where) => {
        if (x.type === 'object' && !x.properties && x.additionalProperties === undefined)
          wrong.push(`${where} is an object of which nothing is said`);
      });
    assert.deepEqual(wrong, []);
  });

  // openapi-typescript takes what has a default for something that is always there.
  test('what may be left out of a body has no default', async () => {
    const document = await SwaggerParser.dereference(openapiFile);
    const wrong = [];
    for (const { operationId, requestBody } of operationsOf(document))
      for (const media of Object.values(requestBody?.content ?? {}))
        eachSchema(media.schema, operationId, (x, where) => {
          if (x.default !== undefined) wrong.push(where);
        });
    assert.deepEqual(wrong, []);
  });

  test('only the type is needed to publish', async () => {
    const document = await SwaggerParser.parse(openapiFile);
    assert.deepEqual(document.components.schemas.NewEvent.required, ['type']);
  });

  test('its codes are those of protocol.md', async () => {
    const { schemas } = (await SwaggerParser.parse(openapiFile)).components;
    const codes = documentedCodes();
    assert.deepEqual([...codes.keys()].sort(), [...schemas.Code.enum].sort());
    for (const status of codes.values())
      assert.ok(schemas.Problem.properties.status.enum.includes(status), `${status} is missing`);
  });
});

describe('asyncapi.yaml', () => {
  let parsed;
  // Once: it takes seconds.
  const parse = async () => {
    parsed ??= new Parser().parse(read('docs/asyncapi.yaml'));
    const { document, diagnostics } = await parsed;
    // 0 is an error; the rest is advice.
    assert.deepEqual(diagnostics.filter((x) => x.severity === 0), []);
    return document;
  };

  test('the parser takes it, and knows every message by name', async () => {
    const messages = (await parse()).messages().all();
    assert.ok(messages.length > 30);
    for (const x of messages) {
      assert.ok(x.name(), JSON.stringify(x.json()).slice(0, 200));
      assert.equal(x.id(), x.name());
      assert.ok(x.payload(), x.name());
      assert.equal(x.payload().type(), 'object', x.name());
      assert.doesNotMatch(x.payload().id(), /anonymous/, x.name());
    }
  });

  // A generator of models names them by title or id; without both there is an AnonymousSchema1.
  test('no model is anonymous', async () => {
    const document = await parse();
    const parts = new Set(document.schemas().all().flatMap((x) => x.allOf() ?? []).map((x) => x.id()));
    const nameless = document.schemas().all()
      .filter((x) => x.properties() && !x.title() && x.id().includes('anonymous') && !parts.has(x.id()))
      .map((x) => x.json());
    // The query of the handshake is no message.
    const query = document.json().channels['/ws'].bindings.ws.query;
    assert.deepEqual(nameless.filter((x) => x !== query), []);
  });

  test('two models do not share a name', async () => {
    const titles = Object.values((await parse()).json().components.schemas).map((x) => x.title);
    assert.equal(new Set(titles).size, titles.length);
    assert.ok(titles.includes('OrderCreated') && titles.includes('OrderCreatedEvent'));
  });

  test('what only the engine publishes is no event that it never publishes', async () => {
    const channels = Object.keys((await parse()).json().channels);
    assert.ok(channels.includes('handler.dead_lettered'));
    assert.ok(!channels.includes('system.node_started'));
  });
});
