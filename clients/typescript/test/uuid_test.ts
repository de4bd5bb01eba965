import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '../src/uuid.js';

test('an identifier is a UUIDv7 of its time, and none comes twice', () => {
  const time = Date.UTC(2026, 11, 1, 20, 0, 0, 123);
  const seen = new Set<string>();
  // More than one filling of the pool of random bytes.
  for (let count = 0; count < 2_000; count += 1) {
    const id = uuidv7(time);
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(parseInt(id.slice(0, 8) + id.slice(9, 13), 16), time);
    seen.add(id);
  }
  assert.equal(seen.size, 2_000);
  assert.ok(uuidv7(time) < uuidv7(time + 1));
  assert.ok(uuidv7(time) < uuidv7(time + 2 ** 17));
});
