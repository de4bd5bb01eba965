// The bundle that is checked in is what the sources make, small, and free of what could run a text.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../../web/console/', import.meta.url));
const pages = new Map([
  [['console.js', 'console.css', 'index.html'], 200 * 1024],
  [['portal.js', 'portal.css', 'portal.html'], 60 * 1024],
]);
const files = [...pages.keys()].flat();

test('a build gives the bytes that are checked in', (t) => {
  const made = mkdtempSync(join(tmpdir(), 'carillon-console-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), made]);
  for (const file of files)
    assert.ok(readFileSync(join(made, file)).equals(readFileSync(join(root, 'dist', file))), `${file} is old: npm run build in web/console`);
  assert.deepEqual(readdirSync(join(root, 'dist')).sort(), [...files].sort());
});

test('the sources use documented calls only, and types fit', () => {
  execFileSync('npm', ['run', '--silent', 'check'], { cwd: root, stdio: 'pipe' });
});

test('they are small', () => {
  for (const [names, most] of pages) {
    const bytes = names.map((x) => gzipSync(readFileSync(join(root, 'dist', x))).length).reduce((a, b) => a + b);
    assert.ok(bytes < most, `${names[0]}: ${bytes} bytes`);
    console.log(`${names[0]}: ${bytes} bytes compressed`);
  }
});

/** Links that other code makes: `Link` lets views and http(s) pass, `addressOf` and `placeOf` are calls of `to`. */
const allowedLinks = new Map([
  ['ui/parts.tsx', ['{to', '{to']],
  ['views/people.tsx', ['{addressOf(x)']],
  ['views/measures.tsx', ['{addressOf(x)']],
  ['views/schedules.tsx', ['{placeOf(x)']],
  ['portal/views/parts.tsx', ['{back[0]']],
]);
/** The sign-in; back to a view of our own; and the portal, which says its height to whoever may show it. */
const goesElsewhere = new Set(['app.tsx', 'place.ts', 'portal/bridge.ts']);

test('no source makes markup or code of a text, and none names another host', () => {
  const forbidden = /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/;
  let seen = 0;
  for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
    if (!/\.(tsx?|css|html)$/.test(name) || name.startsWith('generated')) continue;
    const text = readFileSync(join(root, 'src', name), 'utf8');
    assert.doesNotMatch(text, forbidden, name);
    // Addresses are views, or are looked at by `Link`; a browser goes elsewhere for the sign-in alone, which `isOwnPage` has looked at.
    const links = [...text.matchAll(/\bhref=(\{[^}]*|"[^"]*")/g)].map((x) => x[1]).filter((x) => !/^(\{to\(|"#\/|\{`#\/|"#main"|"data:|"portal\.css"|"\/console\/)/.test(x));
    assert.deepEqual(links, allowedLinks.get(name) ?? [], `${name}: where does it lead?`);
    if (!goesElsewhere.has(name)) assert.doesNotMatch(text, /window\.open|location\.(assign|replace|href\s*=)|\bsrc=\{|formaction|postMessage|target="(?!_blank" rel="noopener noreferrer")/i, name);
    // Placeholders and examples are no addresses that are asked.
    const hosts = [...text.matchAll(/https?:\/\/([\w.-]+)/g)].map((x) => x[1]).filter((x) => !/(^|\.)example(\.org)?$|^www\.w3\.org$/.test(x));
    assert.deepEqual(hosts, [], name);
    seen += 1;
  }
  assert.ok(seen > 25);
});
