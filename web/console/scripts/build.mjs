// build.mjs [FOLDER]: makes the operations page (console.js, console.css, index.html) and the portal (portal.js, portal.css, portal.html) in FOLDER,
// dist/ by default. The same sources and package-lock.json give the same bytes; a test compares them with those that are checked in.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'dist'));

/** Bundles a page; `holds` are the libraries in it. */
async function bundle(name, entry, page, html, holds) {
  const notice = `/*! Made by web/console/scripts/build.mjs. Holds ${holds}, see web/console/LICENSES.md. */`;
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
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
  await copyFile(join(root, page), join(target, html));
}

await mkdir(target, { recursive: true });
await bundle('console', 'src/main.tsx', 'src/index.html', 'index.html', 'Preact and uPlot');
await bundle('portal', 'src/portal/main.tsx', 'src/portal/index.html', 'portal.html', 'Preact');
