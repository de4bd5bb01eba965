// The operators' sign-in on an admin port with TLS, at npm's `oidc-provider` in Debian's Chromium: the cookies are such as no other host and no
// page without TLS can set, and no others count.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, temporaryDirectory } from '../../peers/node_fixture.mjs';
import { startBrowser } from '../console/browser.mjs';
import { listen, providerFor, signInAs, startSignOn } from './fixture.mjs';

const session = '__Host-carillon-session';
const flow = '__Host-carillon-sign-in';

describe('single sign-on over TLS', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  let browser;
  let node;
  let ca;
  /** Of the session that the first test begins. */
  let value;

  before(async () => {
    const folder = temporaryDirectory();
    const [cert, key] = ['node.pem', 'node.key'].map((x) => join(folder, x));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
      '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
    ca = readFileSync(cert);
    let serve = (_, answer) => answer.writeHead(503).end();
    const issuer = (await listen(suite, (asked, answer) => serve(asked, answer))).url;
    node = await startSignOn(suite, issuer, ['--admin-tls-cert', cert, '--admin-tls-key', key]);
    node.admin = node.admin.replace('http:', 'https:');
    serve = providerFor(issuer, `${node.admin}/sso/callback`, 'https://carillon.example').callback();
    // The browser does not know the authority of this certificate; that of the node is looked at in the requests below.
    browser = await startBrowser(['--ignore-certificate-errors']);
    ending.push(browser.stop);
    await eventually(async () => (await ask('/sso/login')).status === 303, 'the provider');
  });
  after(async () => {
    for (const x of ending) await x();
  });

  /** A request as a browser makes it, whose certificate is verified. */
  const ask = (path, headers = {}, method = 'GET') => new Promise((resolve, reject) => {
    request(new URL(path, node.admin), { ca, method, headers, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (x) => { body += x; }).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    }).on('error', reject).end();
  });

  test('begins with an address of https and a cookie of this host alone', async () => {
    const { headers } = await ask('/sso/login');
    assert.equal(new URL(headers.location).searchParams.get('redirect_uri'), `${node.admin}/sso/callback`);
    assert.equal(headers['set-cookie'].length, 1);
    assert.match(headers['set-cookie'][0], new RegExp(`^${flow}=[^;]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$`));
  });

  test('works in a browser, whose cookie no script sees', async () => {
    const view = await browser.open(`${node.admin}/#/keys`);
    await view.heading('Carillon');
    await signInAs(view, 'anna');
    await view.heading('Keys');
    await view.says('anna <b>& · admin');
    const { cookies } = await (await view.page.createCDPSession()).send('Network.getCookies', { urls: [`${node.admin}/`] });
    const own = cookies.filter((x) => x.name.includes('carillon'));
    assert.deepEqual(own.map(({ name, domain, path, secure, httpOnly, sameSite }) => ({ name, domain, path, secure, httpOnly, sameSite })),
      [{ name: session, domain: '127.0.0.1', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' }], 'and that of the sign-in is gone');
    assert.equal(await view.page.evaluate(() => document.cookie), '');
    value = own[0].value;
    await view.fill('Name', 'made over TLS');
    await view.press('Make a key');
    await view.says('It is shown this once.');
    await view.press('I have it');
    assert.deepEqual(view.faults, []);
    await view.close();
  });

  test('knows the session by that cookie alone', async () => {
    assert.equal((await ask('/api/me', { Cookie: `${session}=${value}` })).status, 200);
    for (const cookie of [
      // As a page of another port of this host could set it without TLS, or of another host of the domain.
      `carillon-session=${value}`, `__Secure-carillon-session=${value}`, `__host-carillon-session=${value}`,
      // Twice is none.
      `${session}=${value}; ${session}=${value}`, `${session}=x; ${session}=${value}`,
      `${session}=`, `${session}=${value}x`, `${session}=${value.toUpperCase()}`,
    ]) assert.equal((await ask('/api/me', { Cookie: cookie })).status, 401, cookie);
  });

  test('lets no other page use it: a change needs the origin, with its scheme', async () => {
    const { host } = new URL(node.admin);
    const change = (headers) => ask('/api/consumers/audit/pause', { Cookie: `${session}=${value}`, ...headers }, 'POST');
    for (const headers of [{}, { Origin: `http://${host}` }, { Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: `https://${host}`, 'Sec-Fetch-Site': 'cross-site' }])
      assert.equal((await change(headers)).status, 403, JSON.stringify(headers));
    assert.equal((await change({ Origin: `https://${host}`, 'Sec-Fetch-Site': 'same-origin' })).status, 200);
  });

  test('ends it in the browser, too', async () => {
    const { host } = new URL(node.admin);
    const out = await ask('/api/sso/logout', { Cookie: `${session}=${value}`, Origin: `https://${host}` }, 'POST');
    assert.equal(out.status, 200);
    assert.match(out.headers['set-cookie'][0], new RegExp(`^${session}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure$`));
    assert.equal((await ask('/api/me', { Cookie: `${session}=${value}` })).status, 401);
  });

  test('is not offered without TLS', async () => {
    const answer = await fetch(`${node.admin.replace('https:', 'http:')}/sso/login`, { redirect: 'manual' });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('set-cookie'), null);
  });
});
