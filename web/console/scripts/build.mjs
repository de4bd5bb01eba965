// build.mjs [FOLDER]: makes console.js, console.css and index.html in FOLDER, dist/ by default. The same sources and
// package-lock.json give the same bytes; a test compares them with those that are checked in.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const notice = '/*! Made by web/console/scripts/build.mjs. Holds Preact and uPlot, see web/console/LICENSES.md. */';

await mkdir(target, { recursive: true });
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { console: 'src/main.tsx' },
  outdir: target,
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  charset: 'ascii',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  banner: { js: notice, css: notice },
  define: { 'process.env.NODE_ENV': '"production"' },
});
for (const file of outputFiles) await writeFile(file.path, file.contents);
await copyFile(join(root, 'src/index.html'), join(target, 'index.html'));
