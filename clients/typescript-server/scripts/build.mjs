// Makes dist/: the package as ECMAScript modules and as CommonJS, each with types of its own.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
rmSync(`${root}/dist`, { recursive: true, force: true });
for (const project of ['tsconfig.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
}
writeFileSync(`${root}/dist/cjs/package.json`, '{"type":"commonjs"}\n');
writeFileSync(`${root}/dist/cjs/directory.js`, "'use strict';\nexports.packageDirectory = require('node:path').join(__dirname, '../..');\n");
chmodSync(`${root}/dist/esm/bin.js`, 0o755);
