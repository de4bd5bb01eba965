// The operators' sign-in with a real provider, npm's `oidc-provider`, in Debian's Chromium.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../../peers/node_fixture.mjs';
import { startBrowser } from '../console/browser.mjs';
import { groups, listen, providerFor, signInAs, startSignOn } from './fixture.mjs';

const audience = 'https://carillon.example';

describe('single sign-on', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  let browser;
  let issuer;
  let node;

  before(async () => {
    browser = await startBrowser();
    ending.push(browser.stop);
    let serve = (_, answer) => answer.writeHead(503).end();
    issuer = (await listen(suite, (request, answer) => serve(request, answer))).url;
    // The node starts before its provider.
    node = await startSignOn(suite, issuer, ['--oidc-audience', audience]);
    serve = providerFor(issuer, `${node.admin}/sso/callback`, audience).callback();
  });
  after(async () => {
    for (const x of ending) await x();
  });

  const asAdmin = async (path) => (await fetch(`${node.admin}${path}`, { headers: { Authorization: `Bearer ${node.key}` } })).json();

  const opened = async () => {
    const view = await browser.open(`${node.admin}/#/keys`);
    await view.heading('Carillon');
    await eventually(() => view.text().then((x) => x.includes('single sign-on')), 'the button');
    return view;
  };

  test('the page signs in, shows who it is, goes back to the view, works, and signs out', async () => {
    await eventually(async () => (await fetch(`${node.admin}/sso/login`, { redirect: 'manual' })).status === 303, 'the provider');
    const view = await opened();
    assert.deepEqual([await view.violations(), view.faults], [[], []]);
    await signInAs(view, 'anna');
    await view.heading('Keys');
    await view.says('anna <b>& · admin');
    assert.equal(await view.page.evaluate(() => document.cookie), '', 'scripts cannot read it');
    assert.deepEqual(await view.page.evaluate(() => Object.keys({ ...sessionStorage, ...localStorage }).filter((x) => /key|token/.test(x))), []);
    await view.fill('Name', 'made by anna');
    await view.press('Make a key');
    await view.says('It is shown this once.');
    const { audit } = await asAdmin('/api/audit?actor=oidc:anna&action=key.created');
    assert.deepEqual([audit[0].person, audit[0].origin], ['anna', '127.0.0.1 (anna <b>&)']);
    await view.press('I have it');
    await view.page.reload({ waitUntil: 'load' });
    await view.says('anna <b>& · admin');
    await view.press('Sign out');
    await view.heading('Carillon');
    await view.page.reload({ waitUntil: 'load' });
    await view.says('Sign in with single sign-on');
    assert.deepEqual(view.faults, []);
    await view.close();
  });

  test('who has no role gets a page that says so', async () => {
    const view = await opened();
    await signInAs(view, 'otto');
    await view.heading('Not signed in');
    await view.says('gives no role here');
    await view.close();
  });

  test('a page of another port of this host changes and reads nothing with the session of a user', async () => {
    const view = await opened();
    await signInAs(view, 'anna');
    await view.heading('Keys');
    const evil = await listen(suite, (_, answer) => answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>evil</h1>'));
    const page = await view.page.browserContext().newPage();
    await page.goto(evil.url);
    const tried = await page.evaluate(async (admin) => {
      const out = [];
      for (const mode of ['cors', 'no-cors'])
        for (const [method, path] of [['GET', '/api/keys'], ['POST', '/api/consumers/audit/pause'], ['POST', '/api/sso/logout'], ['DELETE', '/api/keys/1']])
          out.push(await fetch(admin + path, { method, mode, credentials: 'include' }).then((x) => `${x.type} ${x.status}`, () => 'failed'));
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: `${admin}/api/consumers/audit/pause`, target: '_blank', enctype: 'text/plain' });
      document.body.append(form);
      form.submit();
      return out;
    }, node.admin);
    assert.ok(tried.every((x) => x === 'failed' || x === 'opaque 0'), tried.join());
    const { consumers } = await asAdmin('/api/consumers');
    assert.equal(consumers.find((x) => x.name === 'audit').paused, false);
    assert.ok((await asAdmin('/api/keys')).keys.some((x) => x.id === 1));
    await view.page.reload({ waitUntil: 'load' });
    await view.says('anna <b>& · admin');
    await view.close();
  });

  test("a program's access token opens the API as far as its role goes", async () => {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from('robot:a%20secret%20%26%20more').toString('base64')}`, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'api' }),
    });
    const { access_token: token } = await answer.json();
    assert.ok(token, 'a token');
    const ask = (path, options = {}) => fetch(`${node.admin}${path}`, { ...options, headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual(await (await ask('/api/me')).json(), { name: 'robot', role: 'reader', companyId: null, subject: 'robot' });
    assert.equal((await ask('/api/consumers/audit/pause', { method: 'POST' })).status, 403);
  });
});
