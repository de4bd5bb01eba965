/** Every block of TypeScript in the README compiles, strictly, each as a module of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from './support/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('every code block of the README is valid', async () => {
  const directory = temporaryDirectory();
  const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1] ?? '');
  assert.ok(blocks.length >= 10, `${blocks.length} blocks`);
  blocks.forEach((block, index) => {
    writeFileSync(join(directory, `block-${index + 1}.ts`), block);
  });
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  const modules = Object.fromEntries(['express', 'fastify', 'pg', 'ws'].map((name) => [name, [join(root, name === 'fastify' ? 'node_modules/fastify' : `node_modules/@types/${name}`)]]));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: true,
      rootDir: '/',
      lib: ['ES2023'],
      moduleResolution: 'bundler',
      module: 'ES2022',
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      baseUrl: directory,
      paths: { carillon: [join(root, 'dist/esm/index.d.ts')], 'carillon/*': [join(root, 'dist/esm/*.d.ts')], ...modules },
    },
    include: ['*.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  try {
    await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', directory]);
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});
