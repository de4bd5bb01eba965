// screenshots.mjs [NAME...]: makes docs/console/*.png anew, or those that are named, of a node with something of everything: the operations
// page, and the portal in the page of its example.
// CARILLON_BINARY names the node.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { small } from './png.mjs';

process.env.CARILLON_NPM_DIR ??= fileURLToPath(new URL('..', import.meta.url));
const { eventually, publish, sourceFile, startNode, startProgram } = await import('../../../tests/peers/node_fixture.mjs');
const { View, startBrowser } = await import('../../../tests/web/console/browser.mjs');
const { startPage } = await import('../../../tests/web/console/page.mjs');
const { comeOnline, order, populate, portalViews, views, withOutbox } = await import('../../../tests/web/console/world.mjs');

const target = fileURLToPath(new URL('../../../docs/console/', import.meta.url));
const size = { width: 1100, height: 720 };

const ending = [];
const t = { after: (x) => ending.unshift(x) };
try {
  const server = createServer((request, answer) => {
    request.resume().on('end', () => answer.writeHead(request.url === '/bad' ? 500 : 200).end(request.url === '/bad' ? 'out of stock' : 'noted'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${server.address().port}`;
  const node = await startNode(t, withOutbox());
  const made = await populate(node, { url: `${base}/hook`, badUrl: `${base}/bad` });
  await comeOnline(t, node);
  const browser = await startBrowser();
  t.after(browser.stop);
  const view = await browser.open(await startPage(t, node), size);
  await mkdir(target, { recursive: true });
  // Charts need some seconds of something.
  for (let n = 100; n < 220; ++n) {
    await publish(node, order(n));
    await new Promise((resolve) => setTimeout(resolve, 50 + 40 * Math.sin(n / 9)));
  }
  const asked = process.argv.slice(2);
  const isWanted = (name) => asked.length === 0 || asked.includes(name);
  const take = async (name, page) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await page.evaluate(() => window.scrollTo(0, 0));
    const image = small(Buffer.from(await page.screenshot({ type: 'png' })));
    await writeFile(`${target}${name}.png`, image);
    console.log(`${name}.png ${Math.ceil(image.length / 1024)} KiB`);
  };
  for (const [name, hash, heading] of views(made)) {
    if (!isWanted(name)) continue;
    await view.go(hash, heading);
    if (name === 'event') await view.press('Prove that it is in the log');
    if (name === 'audit') await view.press('Verify the audit log');
    await take(name, view.page);
  }
  if (portalViews(made).some(([name]) => isWanted(name))) {
    Object.assign(process.env, { CARILLON_ADMIN_URL: node.admin, CARILLON_PORTAL_URL: `${node.data}/portal/`, PORT: '0' });
    const { match } = await startProgram(t, process.execPath, [sourceFile('examples/portal/server.mjs')], /^(http:\S+)/);
    const { page } = await browser.open(match[1], size);
    const portal = new View();
    portal.page = await eventually(async () => page.frames().find((x) => x.url().startsWith(`${node.data}/portal/`)), 'the portal in a frame');
    for (const [name, hash, heading] of portalViews(made)) {
      if (!isWanted(name)) continue;
      await portal.go(hash, heading);
      await take(name, page);
    }
  }
} finally {
  for (const x of ending) await x();
}
