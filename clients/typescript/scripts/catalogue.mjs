// Makes src/catalogue.ts of what the node $CARILLON_BINARY knows.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = `${root}/src/catalogue.ts`;
const directory = mkdtempSync(join(tmpdir(), 'carillon-catalogue-'));
// The generator alone: the rest of the package needs the file that is to be made.
execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, 'src/generate.ts', '--outDir', directory, '--module', 'es2022', '--target', 'es2022', '--skipLibCheck'], { cwd: root, stdio: 'inherit' });
writeFileSync(`${directory}/package.json`, '{"type":"module"}');
const { catalogueModule } = await import(pathToFileURL(`${directory}/generate.js`).href);
const node = spawn(process.env.CARILLON_BINARY ?? 'carillon', ['serve', '--dev', '--data-dir', join(directory, 'data'), '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
try {
  let admin;
  for await (const line of createInterface({ input: node.stdout })) {
    admin = /^ready .*admin=(\S+)/.exec(line)?.[1];
    if (admin) break;
  }
  if (!admin) throw new Error('the node did not start: is CARILLON_BINARY right?');
  const { types } = await (await fetch(`http://${admin}/api/events/types`)).json();
  writeFileSync(file, catalogueModule(types));
} finally {
  const ended = new Promise((resolve) => node.once('close', resolve));
  node.kill();
  await ended;
  rmSync(directory, { recursive: true, force: true });
}
