// fill.mjs TARBALL: puts the content of carillon-VERSION-linux-x64.tar.gz, which packaging/tarball.sh makes, into node/.
// fill.mjs --check: tells whether it is there, before the package is packed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const binary = `${root}/node/bin/carillon`;
const [what] = process.argv.slice(2);
if (what === undefined) {
  console.error('usage: node scripts/fill.mjs carillon-VERSION-linux-x64.tar.gz');
  process.exit(2);
}
if (what !== '--check') {
  rmSync(`${root}/node`, { recursive: true, force: true });
  mkdirSync(`${root}/node`);
  execFileSync('tar', ['--extract', '--gzip', '--file', what, '--strip-components=1', '--directory', `${root}/node`], { stdio: 'inherit' });
}
if (!existsSync(binary)) {
  console.error(`there is no ${binary}: npm run fill -- TARBALL, of packaging/tarball.sh`);
  process.exit(1);
}
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const said = execFileSync(binary, ['version'], { encoding: 'utf8' }).trim();
if (!said.includes(version)) {
  console.error(`the node is ${said}, the package ${version}`);
  process.exit(1);
}
