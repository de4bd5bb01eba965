// The portal in Debian's Chromium: in the pages of examples/portal, before a real node.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { eventually, publish, sourceFile, startNode, startProgram } from '../../peers/node_fixture.mjs';
import { View, startBrowser } from '../console/browser.mjs';
import { hostile } from '../console/world.mjs';
import { startApplication } from './application.mjs';

const ending = [];
const suite = { after: (x) => ending.unshift(x) };
let browser;

before(async () => {
  browser = await startBrowser();
  ending.push(browser.stop);
});
after(async () => {
  for (const x of ending) await x();
});

const everything = ['endpoints', 'secrets', 'test', 'deliveries', 'resend'];

async function operator(node, method, path, body) {
  const answer = await fetch(`${node.admin}${path}`, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...(node.key && { Authorization: `Bearer ${node.key}` }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}

const tokenOf = async (node, companyId, may = everything, ttlSeconds = 600) =>
  (await operator(node, 'POST', '/api/portal-tokens', { companyId, may, ttlSeconds })).token;

/** A receiver whose `/bad` answers 500 with a text, until a test says something else. */
async function startReceiver(t, text) {
  const receiver = { bad: 500, got: [] };
  const server = createServer((request, answer) => {
    const isBad = request.url === '/bad';
    request.resume().on('end', () => {
      receiver.got.push(request.url);
      answer.writeHead(isBad ? receiver.bad : 200, { 'Content-Type': 'text/html' }).end(isBad ? `out of stock ${text}` : 'noted');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.base = `http://127.0.0.1:${server.address().port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}

/** The portal in the frame of a page, as a view of its own. */
async function portalIn(view, node) {
  const at = `${node.data}/portal/`;
  const frame = await eventually(async () => view.page.frames().find((x) => x.url().startsWith(at)), 'the portal in a frame');
  const out = new View();
  out.page = frame;
  return out;
}

/** What may not happen, without what the portal itself asks of its node. */
const wrongs = (view, node) => view.faults.filter((x) => !x.startsWith(`asked ${node.data}/portal/`));

describe('in the plain page of the example, one', () => {
  let node;
  let receiver;
  let view;
  let portal;
  let bad;
  let failed;

  before(async () => {
    node = await startNode(suite);
    receiver = await startReceiver(suite, hostile);
    await operator(node, 'PUT', '/api/events/types/shop.visited', { audience: 'company', schema: { type: 'object', description: hostile, properties: { page: { type: 'string', description: hostile } } } });
    bad = (await operator(node, 'POST', '/api/events/webhooks', { url: `${receiver.base}/bad`, companyId: 'c-1', description: hostile.slice(0, 200), retrySchedule: [], headers: { 'X-Shop': 'x' } })).id;
    await operator(node, 'POST', '/api/events/webhooks', { url: `${receiver.base}/other`, companyId: 'c-2', description: 'of another company' });
    const { seq } = await publish(node, { type: 'shop.visited', id: hostile.slice(0, 100), companyId: 'c-1', data: { page: hostile } });
    failed = `${bad}-${seq}`;
    await eventually(async () => (await operator(node, 'GET', `/api/events/deliveries/${failed}`).catch(() => undefined))?.state === 'failed', 'a delivery that failed');
    process.env.CARILLON_ADMIN_URL = node.admin;
    process.env.CARILLON_PORTAL_URL = `${node.data}/portal/`;
    process.env.PORT = '0';
    const { match } = await startProgram(suite, process.execPath, [sourceFile('examples/portal/server.mjs')], /^(http:\S+)/);
    node.application = match[1];
    view = await browser.open(node.application);
    portal = await portalIn(view, node);
    await portal.heading('Endpoints');
  });
  after(async () => {
    assert.deepEqual(wrongs(view, node), []);
    assert.equal(await portal.page.evaluate(() => window.taken ?? null), null);
    await view.close();
  });

  test('sees the endpoints of the company and no other', async () => {
    await portal.settled();
    await portal.says('<img src=x onerror');
    assert.doesNotMatch(await portal.text(), /another company/);
    // The application's frame is as high as the page.
    await view.until(() => Math.abs(document.querySelector('iframe').clientHeight - Number.parseInt(document.querySelector('iframe').style.height, 10)) < 2, 'the height of the frame');
    // Its look is the application's.
    assert.equal(await portal.page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--first').trim()), '#6d28d9');
  });

  test('adds one, and sees its secret once', async () => {
    await portal.press('Add an endpoint');
    await portal.heading('Add an endpoint');
    await portal.fill('Address', 'https://receiver.example/hook');
    await portal.fill('Description', 'the warehouse');
    await portal.press('Add', 'main');
    await portal.says('It is shown this once');
    const secret = await portal.page.evaluate(() => document.querySelector('dialog pre').textContent);
    assert.match(secret, /^whsec_/);
    await portal.press('I have it');
    await portal.heading('the warehouse');
    await portal.settled();
    assert.doesNotMatch(await portal.text(), /whsec_/);
  });

  test('changes it: another host has a new secret', async () => {
    await portal.fill('Address', 'https://elsewhere.example/hook');
    await portal.press('Save');
    await portal.says('The host is another one');
    await portal.press('I have it');
    await portal.says('elsewhere.example');
    const kept = (await operator(node, 'GET', '/api/events/webhooks?companyId=c-1')).webhooks.find((x) => x.description === 'the warehouse');
    assert.equal(kept.url, 'https://elsewhere.example/hook');
  });

  test('is told what is wrong', async () => {
    await portal.fill('Own headers', 'no header');
    await portal.press('Save');
    await portal.says('This line is no header: no header');
    await portal.fill('Own headers', '');
  });

  test('pauses it and resumes it', async () => {
    await portal.press('Pause');
    // The frame is as high as the page: the middle of it may be out of sight.
    await portal.until(() => {
      const dialog = document.querySelector('dialog')?.getBoundingClientRect();
      const button = [...document.querySelectorAll('main button')].find((x) => x.textContent === 'Pause');
      const from = button?.getBoundingClientRect().top ?? 0;
      return dialog !== undefined && dialog.top <= from + 1 && from - dialog.top <= dialog.height;
    }, 'a question beside its button');
    const from = await portal.page.evaluate(() =>
      [...document.querySelectorAll('main button')].find((x) => x.textContent === 'Pause').getBoundingClientRect().top);
    await portal.press('Pause', 'dialog');
    await portal.says('It is paused.');
    const said = await portal.page.evaluate(() => document.querySelector('.toast').getBoundingClientRect().top);
    assert.ok(Math.abs(said - from) < 400, `what is said is at ${said}, the button at ${from}`);
    await portal.press('Resume');
    await portal.says('It goes on where it stopped.');
  });

  test('rotates its secret', async () => {
    await portal.press('New secret');
    await portal.press('New secret', 'dialog');
    await portal.until(() => /whsec_/.test(document.querySelector('dialog pre')?.textContent ?? ''), 'a secret');
    await portal.press('I have it');
  });

  test('deletes it', async () => {
    await portal.press('Delete');
    await portal.press('Delete', 'dialog');
    await portal.heading('Endpoints');
    await portal.settled();
    await portal.until(() => !document.querySelector('table')?.textContent.includes('the warehouse'), 'one endpoint less');
  });

  test('finds why a delivery failed, tests the endpoint, and sends it again', async () => {
    await portal.go(`#/endpoints/${bad}`, 'onerror');
    await portal.press(failed);
    await portal.heading(`Delivery ${failed}`);
    await portal.says('out of stock "><img src=x');
    await portal.says('given up: attempt 1 was the last of the schedule');
    receiver.bad = 200;
    await portal.go(`#/endpoints/${bad}`, 'onerror');
    await portal.press('Send a test');
    await portal.until(() => document.querySelector('dialog')?.textContent.includes('delivered'), 'the outcome of the test');
    await portal.press('Close');
    await portal.go(`#/deliveries/${failed}`, `Delivery ${failed}`);
    await portal.press('Send again');
    await portal.says('It is due now');
    await eventually(async () => (await operator(node, 'GET', `/api/events/deliveries/${failed}`)).state === 'delivered', 'the delivery');
  });

  test('sends all again that failed', async () => {
    receiver.bad = 500;
    for (let i = 0; i < 3; ++i) await publish(node, { type: 'order.cancelled', companyId: 'c-1', data: { orderId: `o-${i}`, reason: 'late' } });
    const failures = async () => (await operator(node, 'GET', `/api/events/webhooks/${bad}/deliveries?state=failed`)).deliveries.length;
    // And what the node says of these failures, which is an event, too.
    await eventually(async () => (await failures()) >= 3, 'failures');
    receiver.bad = 200;
    await portal.go(`#/endpoints/${bad}`, 'onerror');
    await portal.press('Send again');
    await portal.says(' deliveries are due now.');
    await eventually(async () => (await failures()) === 0, 'deliveries');
  });

  test('chooses types of those that there are', async () => {
    await portal.go('#/types', 'Event types');
    await portal.says('shop.visited');
    await portal.go('#/endpoints/new', 'Add an endpoint');
    await portal.fill('Address', 'https://receiver.example/two');
    await portal.page.evaluate(() => document.querySelector('fieldset input[type=checkbox]').click());
    await portal.fill('Find a type', 'visited');
    await portal.until(() => document.querySelectorAll('.choices input').length === 1, 'one type');
    await portal.page.evaluate(() => document.querySelector('.choices input').click());
    await portal.press('Add', 'main');
    await portal.press('I have it');
    await portal.heading('Endpoint');
    const kept = (await operator(node, 'GET', '/api/events/webhooks?companyId=c-1')).webhooks.find((x) => x.url.endsWith('/two'));
    assert.deepEqual(kept.types, ['shop.visited']);
  });

  test('finds nothing wrong by axe in any view, in both languages, light and dark, and on a telephone', async () => {
    const wrong = [];
    const views = ['#/endpoints', '#/endpoints/new', `#/endpoints/${bad}`, `#/deliveries/${failed}`, '#/types'];
    for (const [language, scheme, width] of [['en', 'light', 1280], ['de', 'dark', 1280], ['de', 'light', 360], ['en', 'dark', 360]]) {
      await view.page.setViewport({ width, height: 800 });
      await view.page.evaluate((x, y, origin) => {
        const to = document.querySelector('iframe').contentWindow;
        to.postMessage({ carillonPortal: 'language', language: x }, origin);
        to.postMessage({ carillonPortal: 'theme', scheme: y, variables: y === 'dark' ? { first: '#c4b5fd', link: '#c4b5fd' } : { first: '#6d28d9', link: '#6d28d9' } }, origin);
      }, language, scheme, node.data);
      await portal.until((x, y) => document.documentElement.lang === x && document.documentElement.dataset.theme === y, 'language and theme', language, scheme);
      for (const hash of views) {
        await portal.go(hash, '');
        await portal.until(() => !/Loading…|Wird geladen …/.test(document.body.innerText), 'the end of loading');
        for (const x of await portal.violations()) wrong.push(`${hash} ${language} ${scheme} ${width}: ${x}`);
        const over = await portal.page.evaluate(() => (document.documentElement.scrollWidth <= window.innerWidth ? []
          : [...document.querySelectorAll('#app *')].filter((x) => x.getBoundingClientRect().right > window.innerWidth && !x.closest('.scroll')).map((x) => x.outerHTML.slice(0, 120))));
        assert.deepEqual(over, [], `${hash} is wider than its frame of ${width}`);
      }
    }
    assert.deepEqual(wrong, []);
    const elements = await portal.page.evaluate(() => document.querySelectorAll('#app img, #app script, #app iframe, #app object').length);
    assert.equal(elements, 0);
  });

  test('reads German where the application says so', async () => {
    await view.page.evaluate((origin) => document.querySelector('iframe').contentWindow.postMessage({ carillonPortal: 'language', language: 'de-AT' }, origin), node.data);
    await portal.go(`#/deliveries/${failed}`, `Zustellung ${failed}`);
    await portal.says('zugestellt');
    await portal.says('aufgegeben: Versuch 1 war der letzte des Plans');
    assert.doesNotMatch(await portal.text(), /Attempt|given up|Send again/);
  });
});

describe('the React page of the example', { skip: !existsSync(sourceFile('examples/portal/build/react.js')) && 'npm run build in examples/portal first' }, () => {
  test('shows the portal, in the language and the colours of its state', async () => {
    const node = await startNode(suite);
    process.env.CARILLON_ADMIN_URL = node.admin;
    process.env.CARILLON_PORTAL_URL = `${node.data}/portal/`;
    process.env.PORT = '0';
    const { match } = await startProgram(suite, process.execPath, [sourceFile('examples/portal/server.mjs')], /^(http:\S+)/);
    const view = await browser.open(`${match[1]}react`);
    const portal = await portalIn(view, node);
    await portal.heading('Endpoints');
    await view.page.evaluate(() => document.querySelectorAll('input')[0].click());
    await portal.heading('Endpunkte');
    await view.page.evaluate(() => document.querySelectorAll('input')[1].click());
    await portal.until(() => document.documentElement.dataset.theme === 'dark', 'the dark theme');
    assert.deepEqual(wrongs(view, node), []);
    await view.close();
  });
});

describe('tokens', () => {
  let node;
  before(async () => {
    node = await startNode(suite);
    await operator(node, 'POST', '/api/events/webhooks', { url: 'https://a.example/', companyId: 'c-1', description: 'of the first' });
    await operator(node, 'POST', '/api/events/webhooks', { url: 'https://b.example/', companyId: 'c-2', description: 'of the second' });
  });

  test('are renewed before they end, and when none comes any more the page says so and asks no more', async () => {
    const app = await startApplication(suite, `${node.data}/portal/`, () => tokenOf(node, 'c-1', everything, 3));
    const view = await browser.open(app.url);
    const portal = await portalIn(view, node);
    await portal.heading('Endpoints');
    await portal.says('of the first');
    await eventually(async () => app.asked >= 3, 'two renewals');
    assert.match(await portal.text(), /of the first/);
    app.makeToken = () => Promise.reject(new Error('no session'));
    await portal.says('Your session has ended.');
    assert.doesNotMatch(await portal.text(), /of the first/);
    const before = view.requests.filter((x) => x.includes('/portal/api/')).length;
    const asked = app.asked;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.equal(view.requests.filter((x) => x.includes('/portal/api/')).length, before);
    assert.equal(app.asked, asked);
    app.makeToken = () => tokenOf(node, 'c-1');
    await portal.press('Try again');
    await portal.says('of the first');
    // No token is part of an address, or kept.
    assert.deepEqual(view.requests.filter((x) => x.includes('pt_')), []);
    assert.deepEqual(await portal.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, '']);
    await view.close();
  });

  test('that are bad are not asked for without end', async () => {
    const app = await startApplication(suite, `${node.data}/portal/`, async () => 'pt_bad.bad');
    const view = await browser.open(app.url);
    const portal = await portalIn(view, node);
    await portal.says('Your session has ended.');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.ok(app.asked <= 2, `asked ${app.asked} times`);
    await view.close();
  });

  test('of another company show another page, with nothing of the former', async () => {
    const app = await startApplication(suite, `${node.data}/portal/`, () => tokenOf(node, 'c-1'));
    const view = await browser.open(app.url);
    const portal = await portalIn(view, node);
    await portal.says('of the first');
    const token = await tokenOf(node, 'c-2');
    await view.page.evaluate((x, origin) => document.querySelector('iframe').contentWindow.postMessage({ carillonPortal: 'token', token: x }, origin), token, node.data);
    await portal.says('of the second');
    assert.doesNotMatch(await portal.text(), /of the first/);
    await view.close();
  });

  test('without rights show nothing to press', async () => {
    const app = await startApplication(suite, `${node.data}/portal/`, () => tokenOf(node, 'c-1', []));
    const view = await browser.open(app.url);
    const portal = await portalIn(view, node);
    await portal.press('of the first');
    await portal.heading('of the first');
    await portal.settled();
    assert.deepEqual(await portal.page.evaluate(() => [...document.querySelectorAll('main button')].map((x) => x.textContent)), []);
    for (const hash of ['#/endpoints/new', '#/deliveries/1-1']) {
      await portal.go(hash, 'Endpoints');
      assert.equal(await portal.page.evaluate(() => document.querySelector('form') === null), true, hash);
    }
    await view.close();
  });

  test('are taken from the window around the page only, and looks are colours only', async () => {
    const app = await startApplication(suite, `${node.data}/portal/`, () => tokenOf(node, 'c-1'));
    const view = await browser.open(app.url);
    const portal = await portalIn(view, node);
    await portal.says('of the first');
    const token = await tokenOf(node, 'c-2');
    // A frame beside it, as an advertisement would be.
    await view.page.evaluate((x) => {
      const other = document.createElement('iframe');
      other.srcdoc = `<script>parent.frames[0].postMessage({ carillonPortal: 'token', token: '${x}' }, '*'); parent.frames[0].postMessage({ carillonPortal: 'language', language: 'de' }, '*')</script>`;
      document.body.append(other);
    }, token);
    // The page to itself.
    await portal.page.evaluate((x) => window.postMessage({ carillonPortal: 'token', token: x }, '*'), token);
    // What is no message, from the right window.
    await view.page.evaluate((origin) => {
      const to = document.querySelector('iframe').contentWindow;
      for (const x of [null, 'text', 7, [], { carillonPortal: 'token' }, { carillonPortal: 'token', token: 7 }, { carillonPortal: 'language' }, { carillonPortal: 'theme', variables: 7 },
        { carillonPortal: 'theme', scheme: '"><img>', variables: { 'first': 'url(https://evil.example/x)', 'link': 'red; background: url(//evil.example)', 'unknown': 'red', 'back': 'var(--x)', '--quiet': '#123456' } }]) to.postMessage(x, origin);
    }, node.data);
    await portal.until(() => getComputedStyle(document.documentElement).getPropertyValue('--quiet').trim() === '#123456', 'the one harmless colour');
    const style = await portal.page.evaluate(() => document.documentElement.getAttribute('style'));
    assert.doesNotMatch(style, /url|evil|unknown|var|background/);
    assert.match(await portal.text(), /of the first/);
    assert.equal(await portal.page.evaluate(() => document.documentElement.lang), 'en');
    await view.close();
  });

  test('are of no use in a page that is in no frame', async () => {
    const view = await browser.open(`${node.data}/portal/`);
    await view.says('This page is part of an application');
    const token = await tokenOf(node, 'c-1');
    // Messages come in their order: the page has had the token when the one behind it is here.
    await view.page.evaluate((x) => new Promise((resolve) => {
      window.addEventListener('message', ({ data }) => data === 'behind it' && resolve());
      window.postMessage({ carillonPortal: 'token', token: x }, '*');
      window.postMessage('behind it', '*');
    }), token);
    assert.deepEqual(view.requests.filter((x) => x.includes('/portal/api/')), []);
    await view.says('This page is part of an application');
    assert.deepEqual(view.faults, []);
    await view.close();
  });
});

describe('a page that is not listed', () => {
  test('gets neither the portal in a frame nor an answer of its calls', async () => {
    const app = await startApplication(suite, '', () => Promise.reject(new Error('none')));
    const listed = new URL(app.url).origin;
    const node = await startNode(suite, ['--portal-origins', listed], { secured: true });
    const token = await tokenOf(node, 'c-1');
    // The same machine by another name is another origin.
    const evil = app.url.replace('127.0.0.1', 'localhost');
    for (const [url, shown] of [[app.url, true], [evil, false]]) {
      const view = await browser.open(url);
      await view.page.evaluate((x) => { document.getElementById('portal').src = x; }, `${node.data}/portal/`);
      if (shown) await portalIn(view, node).then((x) => x.says('Loading…'));
      else {
        await eventually(async () => view.faults.some((x) => /frame-ancestors/.test(x)) || view.page.frames().some((x) => x.url().startsWith('chrome-error:')), 'the refusal of the frame');
        assert.ok(!view.page.frames().some((x) => x.url().startsWith(node.data)));
      }
      // With a token it could show a page of its own; but it is not the portal.
      const answered = await view.page.evaluate(async (base, x) => {
        const tried = [];
        for (const [path, init] of [
          ['/portal/api/events/webhooks', { headers: { Authorization: `Bearer ${x}` } }],
          ['/portal/api/events/webhooks', { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body: '{"url":"https://evil.example/"}' }],
          ['/portal/', {}],
        ])
          tried.push(await fetch(base + path, init).then((y) => y.type, () => 'refused'));
        return tried;
      }, node.data, token);
      assert.deepEqual(answered, ['refused', 'opaque', 'refused'], url);
      await view.close();
    }
    assert.deepEqual((await operator(node, 'GET', '/api/events/webhooks')).webhooks, []);
  });
});
