// The texts of the portal: each is there in German and English, is used, and says the same of the same places. Needs no browser.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const source = fileURLToPath(new URL('../../../web/console/src/', import.meta.url));
const read = (name) => readFileSync(join(source, name), 'utf8');
const json = (name) => JSON.parse(read(name));
const holes = (text) => (text.match(/\{\}/g) ?? []).length;

for (const [name, english, german] of [
  ['the portal', 'portal/texts/en.json', 'portal/texts/de.json'],
  ['the shared parts', 'ui/words.en.json', 'portal/texts/shared.de.json'],
])
  test(`${name}: German and English have the same texts`, () => {
    const [en, de] = [json(english), json(german)];
    assert.deepEqual(Object.keys(de), Object.keys(en));
    for (const [key, text] of Object.entries(en)) {
      assert.ok(text.trim() && de[key].trim(), key);
      assert.equal(holes(de[key]), holes(text), key);
      assert.ok(holes(text) <= 1, key);
    }
  });

const sources = readdirSync(source, { recursive: true }).filter((x) => /\.tsx?$/.test(x));

test('each text is used, and no other', () => {
  const portal = sources.filter((x) => x.startsWith('portal')).map(read).join('\n');
  const asked = new Set([...portal.matchAll(/\bt\('(\w+)'/g)].map((x) => x[1]));
  // By the reason for which a session ended.
  for (const x of ['ended', 'noToken']) asked.add(x);
  assert.deepEqual([...asked].sort(), Object.keys(json('portal/texts/en.json')).sort());
  const all = sources.map(read).join('\n');
  for (const key of Object.keys(json('ui/words.en.json'))) assert.match(all, new RegExp(`words\\.${key}\\b`), key);
});

test('no view of the portal has a text of its own', () => {
  for (const name of sources.filter((x) => x.startsWith('portal'))) {
    const inline = [...read(name).matchAll(/>\s*([A-Za-z][a-z]+ [a-z ]+)</g)].map((x) => x[1]);
    assert.deepEqual(inline, [], name);
  }
});

test('outcomes and triggers of the API have a German word, and its reasons a German sentence', () => {
  const api = readFileSync(new URL('../../../docs/openapi.yaml', import.meta.url), 'utf8');
  const of = (line) => line.match(/enum: \[([\w, ]+)\]/)[1].split(', ');
  const outcomes = of(api.match(/^ +outcome: .*$/m)[0]);
  const triggers = of(api.match(/^ +trigger: .*$/m)[0]);
  const states = of(api.match(/^ +DeliveryState: .*$/m)[0]);
  const { de } = json('portal/texts/words.json');
  for (const x of [...outcomes, ...triggers, ...states]) assert.ok(de[x], x);
  assert.ok(outcomes.length > 10 && triggers.length > 3);
  const { patterns } = json('portal/texts/sentences.json').de;
  const german = (text) => patterns.reduce((x, [from, into]) => x.replace(new RegExp(from), into), text);
  for (const text of [
    'delivered', 'a test is not repeated', 'given up: attempt 6 was the last of the schedule',
    'schedule: 5 min after attempt 2, and up to a tenth more',
    'schedule: 60 s after attempt 1, and up to a tenth more; the endpoint is slowed down for 2 s',
    'the receiver asked for a pause of 30 s (Retry-After); the endpoint is slowed down for 2 s',
  ]) {
    assert.notEqual(german(text), text);
    assert.doesNotMatch(german(text), /attempt|schedule|receiver|slowed|tenth/, text);
  }
});
