// Compiles the tests and runs them: all of them, or those whose file names hold an argument.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
if (!process.env.CARILLON_BINARY) {
  console.error('CARILLON_BINARY is not set: the path of the node, such as build/debug/node/carillon');
  process.exit(2);
}
rmSync(`${root}/build`, { recursive: true, force: true });
execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.test.json'], { cwd: root, stdio: 'inherit' });
const files = readdirSync(`${root}/build/test`)
  .filter((name) => name.endsWith('_test.js') && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => `build/test/${name}`);
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(2);
}
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-timeout=180000', '--test-concurrency=2', ...files], { cwd: root, stdio: 'inherit' });
process.exit(run.status ?? 1);
