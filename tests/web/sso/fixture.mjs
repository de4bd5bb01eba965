// A node that signs operators in, and providers: npm's `oidc-provider`, and one that lies on demand.
import { createHash, createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { startNode } from '../../peers/node_fixture.mjs';

const requireInstalled = createRequire(new URL('../../../web/console/package.json', import.meta.url));
export const Provider = (await import(requireInstalled.resolve('oidc-provider'))).default;
export const jose = await import(new URL('../../../web/console/node_modules/jose/dist/webapi/index.js', import.meta.url));

/** A server on loopback until the test ends. */
export async function listen(t, handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** The users of `providerFor`, by their groups. */
export const groups = { anna: ['ops'], vera: ['viewers'], otto: ['others'] };

/** npm's provider, with these users and any password. @param {string} redirect where the node takes sign-ins */
export function providerFor(issuer, redirect, audience) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const client = { client_secret: 'a secret & more', token_endpoint_auth_method: 'client_secret_basic' };
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'carillon', redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'] },
      { ...client, client_id: 'robot', redirect_uris: [], grant_types: ['client_credentials'], response_types: [] },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of a test'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, preferred_username: `${id} <b>&`, groups: groups[id] ?? [] }) }),
    extraTokenClaims: () => ({ groups: ['viewers'] }),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'api', audience, accessTokenFormat: 'jwt', accessTokenTTL: 60, jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  });
  provider.on('server_error', (_, x) => console.error(x));
  return provider;
}

/** In Chromium from our page over the provider's to whatever comes then. @param view of tests/web/console/browser.mjs */
export async function signInAs(view, name) {
  await view.press('Sign in with single sign-on');
  const { page } = view;
  await page.waitForSelector('input[name=login]');
  await page.type('input[name=login]', name);
  await page.type('input[name=password]', 'any');
  // Its pages ask for fonts elsewhere, which need not come.
  const next = () => Promise.all([page.waitForNavigation({ waitUntil: 'domcontentloaded' }), page.click('button[type=submit]')]);
  await next();
  await page.waitForSelector('button[type=submit]');
  await next();
  view.faults.length = 0;
}

/** A node with the operators' sign-in, and its admin port by the name of loopback that the tests use. */
export async function startSignOn(t, issuer, more = []) {
  return startNode(t, ['--oidc-issuer', issuer, '--oidc-client-id', 'carillon', '--oidc-client-secret', 'a secret & more',
    '--oidc-roles', 'ops=admin,viewers=reader,acme=admin@c-1', ...(more.includes('--oidc-timeout') ? [] : ['--oidc-timeout', '1s']), ...more], { secured: true });
}

/** A browser as far as cookies and redirects go. */
export class Agent {
  cookies = new Map();
  async go(url, options = {}) {
    const answer = await fetch(url, {
      redirect: 'manual',
      ...options,
      headers: { ...(this.cookies.size > 0 && { Cookie: [...this.cookies].map((x) => x.join('=')).join('; ') }), ...options.headers },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/Max-Age=0/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}

const base64url = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');

/**
 * A provider that says what a test wants. `lies` is what its next answers are:
 * `{header, claims, key, token, hang, length, status, redirect, description, keys}`.
 */
export async function startLiar(t) {
  const pairs = {
    rs: ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    es: ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ed: ['EdDSA', generateKeyPairSync('ed25519')],
    next: ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    foreign: ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  };
  const liar = { lies: {}, published: ['rs', 'es', 'ed'], asked: [], nonce: '', pairs };
  const jwk = (kid) => ({ ...pairs[kid][1].publicKey.export({ format: 'jwk' }), kid, use: 'sig' });
  liar.jwk = jwk;
  const now = () => Math.floor(Date.now() / 1000);
  /** A token; `claims` and `header` win over what is right. */
  liar.token = async (kid = 'rs', claims = {}, header = {}) => {
    const right = { iss: liar.url, aud: 'carillon', sub: 'anna', exp: now() + 300, iat: now(), nonce: liar.nonce, groups: ['ops'], preferred_username: 'Anna' };
    const body = Object.fromEntries(Object.entries({ ...right, ...claims }).filter(([, x]) => x !== undefined));
    const head = { alg: pairs[kid][0], kid, ...header };
    return new jose.CompactSign(Buffer.from(JSON.stringify(body))).setProtectedHeader(head).sign(pairs[kid][1].privateKey);
  };
  /** One whose header says what `jose` would not sign. */
  liar.forged = (head, claims, sign) => {
    const text = `${base64url(head)}.${base64url({ iss: liar.url, aud: 'carillon', sub: 'anna', exp: now() + 300, iat: now(), nonce: liar.nonce, groups: ['ops'], ...claims })}`;
    return `${text}.${sign(text)}`;
  };
  liar.hmac = (key) => (text) => createHmac('sha256', key).update(text).digest('base64url');
  const { url } = await listen(t, (request, answer) => void serve(request, answer).catch((x) => answer.writeHead(500).end(String(x))));
  liar.url = url;
  async function serve(request, answer) {
    const { pathname } = new URL(request.url, url);
    const { lies } = liar;
    let body = '';
    for await (const x of request) body += x;
    liar.asked.push({ path: pathname, body, authorization: request.headers.authorization });
    const part = { '/.well-known/openid-configuration': 'description', '/keys': 'keys', '/token': 'token', '/userinfo': 'userinfo' }[pathname];
    const json = (x) => answer.writeHead(200, { 'Content-Type': 'application/json' }).end(typeof x === 'string' ? x : JSON.stringify(x));
    if (lies.at === part) {
      if (lies.hang) return;
      if (lies.length) {
        answer.writeHead(200, { 'Content-Type': 'application/json' });
        for (let sent = 0; sent < lies.length && !answer.destroyed; sent += 65_536)
          if (!answer.write('x'.repeat(65_536))) await new Promise((resolve) => answer.once('drain', resolve).once('close', resolve));
        return void answer.end();
      }
      if (lies.redirect) return void answer.writeHead(307, { Location: lies.redirect }).end();
      if (lies.status) return void answer.writeHead(lies.status).end('{"error":"server_error"}');
      if (lies.text !== undefined) return void json(lies.text);
    }
    if (part === 'description')
      return void json({ issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/keys`, ...(liar.userinfo && { userinfo_endpoint: `${url}/userinfo` }), ...lies.description });
    if (part === 'keys') return void json({ keys: liar.published.map((x) => (typeof x === 'string' ? jwk(x) : x)) });
    if (part === 'token') return void json({ access_token: 'at', token_type: 'Bearer', id_token: await (lies.token ?? (() => liar.token()))() });
    if (part === 'userinfo') return void json(liar.userinfo);
    answer.writeHead(404).end();
  }
  return liar;
}

/** Goes to the provider's page, and notes the nonce for the tokens to come; gives what the provider would send back. */
export async function depart(node, liar, agent) {
  const answer = await agent.go(`${node.admin}/sso/login`);
  if (answer.status !== 303) throw new Error(`the sign-in begins with ${answer.status}: ${await answer.text()}`);
  const to = new URL(answer.headers.get('location'));
  liar.nonce = to.searchParams.get('nonce');
  return { to, back: (more = {}) => `${to.searchParams.get('redirect_uri')}?${new URLSearchParams({ code: randomUUID(), state: to.searchParams.get('state'), ...more })}` };
}

/** A whole sign-in; gives the last answer. */
export async function signIn(node, liar, agent = new Agent(), more = {}) {
  const { back } = await depart(node, liar, agent);
  return agent.go(back(more));
}

export const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url');
