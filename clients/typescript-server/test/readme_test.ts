/** The code of the README compiles, and what it says holds. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

test('the code blocks of the README compile, and the test in it passes', async () => {
  const directory = join(root, 'build/readme');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1] ?? '');
  assert.equal(blocks.length, 1);
  // The package finds itself by its name.
  writeFileSync(join(directory, 'block_test.ts'), blocks.join('\n'));
  const options = ['--strict', '--module', 'node16', '--moduleResolution', 'node16', '--target', 'es2022', '--types', 'node', '--skipLibCheck'];
  try {
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'block_test.ts'], { cwd: directory });
    await run(process.execPath, ['--test', 'block_test.js'], { cwd: directory, env: { ...process.env, NODE_TEST_CONTEXT: '' } });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});
