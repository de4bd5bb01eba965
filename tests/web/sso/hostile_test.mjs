// What a hostile or broken provider, a hostile page and a stranger can do to the operators' sign-in: nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../../peers/node_fixture.mjs';
import { Agent, challengeOf, depart, listen, signIn, startLiar, startSignOn } from './fixture.mjs';

const second = () => Math.floor(Date.now() / 1000);

describe('a sign-in', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  let liar;
  let node;
  before(async () => {
    liar = await startLiar(suite);
    node = await startSignOn(suite, liar.url, ['--oidc-audience', 'https://carillon.example']);
  });
  after(async () => {
    for (const x of ending) await x();
  });
  const me = (agent, options) => agent.go(`${node.admin}/api/me`, options);
  const asAdmin = (path, options = {}) => fetch(`${node.admin}${path}`, { ...options, headers: { Authorization: `Bearer ${node.key}`, ...options.headers } });

  test('is bound to the browser, the request and the client, and ends in a session that scripts cannot read', async () => {
    const agent = new Agent();
    const { to, back } = await depart(node, liar, agent);
    assert.equal(to.origin + to.pathname, `${liar.url}/auth`);
    const asked = Object.fromEntries(to.searchParams);
    assert.deepEqual({ ...asked, state: '', nonce: '', code_challenge: '' }, {
      response_type: 'code', client_id: 'carillon', redirect_uri: `${node.admin}/sso/callback`, scope: 'openid profile email',
      state: '', nonce: '', code_challenge: '', code_challenge_method: 'S256',
    });
    liar.asked.length = 0;
    const answer = await agent.go(back({ session_state: 'keycloak says this', scope: 'and google this' }));
    assert.equal(answer.status, 303, await answer.text());
    assert.equal(answer.headers.get('location'), '/');
    const [session, forgotten] = answer.headers.getSetCookie();
    assert.match(session, /^carillon-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    assert.match(forgotten, /^carillon-sign-in=; .*Max-Age=0$/);
    const { body, authorization } = liar.asked.find((x) => x.path === '/token');
    const form = new URLSearchParams(body);
    assert.equal(challengeOf(form.get('code_verifier')), asked.code_challenge);
    assert.equal(form.get('redirect_uri'), asked.redirect_uri);
    assert.equal(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString(), 'carillon:a%20secret%20%26%20more');
    assert.deepEqual(await (await me(agent)).json(), { name: 'Anna', role: 'admin', companyId: null, subject: 'anna' });
  });

  test('is refused for each token that is not exactly right', async () => {
    const { rs } = liar.pairs;
    const pem = rs[1].publicKey.export({ type: 'spki', format: 'pem' });
    const wrong = {
      'another audience': () => liar.token('rs', { aud: 'another' }),
      'no audience': () => liar.token('rs', { aud: undefined }),
      'several audiences and no authorized party': () => liar.token('rs', { aud: ['carillon', 'another'] }),
      'another authorized party': () => liar.token('rs', { aud: ['carillon', 'another'], azp: 'another' }),
      'another issuer': () => liar.token('rs', { iss: 'https://evil.example' }),
      'the issuer with a slash': () => liar.token('rs', { iss: `${liar.url}/` }),
      'no issuer': () => liar.token('rs', { iss: undefined }),
      'it has expired': () => liar.token('rs', { exp: second() - 120 }),
      'it has no end': () => liar.token('rs', { exp: undefined }),
      'its end is a text': () => liar.token('rs', { exp: String(second() + 300) }),
      'it is not valid yet': () => liar.token('rs', { nbf: second() + 600 }),
      'another nonce': () => liar.token('rs', { nonce: 'another' }),
      'no nonce': () => liar.token('rs', { nonce: undefined }),
      'nobody': () => liar.token('rs', { sub: undefined }),
      'a number as its subject': () => liar.token('rs', { sub: 7 }),
      'a line end in its subject': () => liar.token('rs', { sub: 'anna\nroot' }),
      'a key of nobody': () => liar.token('foreign'),
      "a foreign key under the provider's kid": () => liar.token('foreign', {}, { kid: 'rs' }),
      'alg none': () => liar.forged({ alg: 'none', kid: 'rs' }, {}, () => ''),
      'alg None, without a kid': () => liar.forged({ alg: 'None' }, {}, () => ''),
      'HS256 with the public key as PEM': () => liar.forged({ alg: 'HS256', kid: 'rs' }, {}, liar.hmac(pem)),
      'HS256 with the modulus': () => liar.forged({ alg: 'HS256', kid: 'rs' }, {}, liar.hmac(Buffer.from(liar.jwk('rs').n, 'base64url'))),
      'HS256 with the set of keys': () => liar.forged({ alg: 'HS256' }, {}, liar.hmac(JSON.stringify(liar.jwk('rs')))),
      'RS256 of a key that is named ES256': () => liar.token('rs', {}, { kid: 'es' }),
      'a key that it brings itself': () => liar.token('foreign', {}, { kid: undefined, jwk: liar.jwk('foreign') }),
      'crit': () => liar.forged({ alg: 'RS256', kid: 'rs', crit: ['exp'] }, {}, () => 'AAAA'),
      'another kind of token': () => liar.token('rs', {}, { typ: 'logout+jwt' }),
      'no token': () => 'x',
      'an empty one': () => '',
      'one of 20 KiB': () => liar.token('rs', { more: 'x'.repeat(20_000) }),
      'a signature that lacks a byte': async () => (await liar.token('rs')).slice(0, -2),
    };
    for (const [what, token] of Object.entries(wrong)) {
      liar.lies = { token: async () => token() };
      const agent = new Agent();
      const answer = await signIn(node, liar, agent);
      const text = await answer.text();
      assert.equal(answer.status, 401, `${what}: ${answer.status} ${text}`);
      assert.match(answer.headers.get('content-type'), /^text\/html/, what);
      assert.match(answer.headers.get('content-security-policy'), /default-src 'none'/, what);
      assert.equal(agent.cookies.has('carillon-session'), false, what);
      assert.equal((await me(agent)).status, 401, what);
    }
    liar.lies = {};
  });

  test('takes RS256, ES256 and EdDSA, and a key that is new', async () => {
    for (const kid of ['rs', 'es', 'ed']) {
      liar.lies = { token: () => liar.token(kid) };
      assert.equal((await signIn(node, liar)).status, 303, kid);
    }
    liar.published = ['next', 'es', 'ed'];
    liar.lies = { token: () => liar.token('next') };
    await eventually(async () => (await signIn(node, liar)).status === 303, 'the new key');
    liar.lies = { token: () => liar.token('rs') };
    assert.equal((await signIn(node, liar)).status, 401, 'the old key');
    liar.published = ['rs', 'es', 'ed'];
    await eventually(async () => (await signIn(node, liar)).status === 303, 'the first key again');
    liar.lies = {};
  });

  test('never takes a secret of a set of keys', async () => {
    const secret = Buffer.alloc(32, 7);
    liar.published = ['rs', 'es', 'ed', { kty: 'oct', k: secret.toString('base64url'), kid: 'oct' }];
    await eventually(async () => {
      liar.lies = { token: () => liar.token('foreign') }; // an unknown kid: the set is read again
      const asked = liar.asked.length;
      await signIn(node, liar);
      return liar.asked.slice(asked).some((x) => x.path === '/keys');
    }, 'another reading');
    for (const header of [{ alg: 'HS256', kid: 'oct' }, { alg: 'HS256' }]) {
      liar.lies = { token: async () => liar.forged(header, {}, liar.hmac(secret)) };
      assert.equal((await signIn(node, liar)).status, 401);
    }
    liar.published = ['rs', 'es', 'ed'];
    liar.lies = {};
  });

  test('is refused if the state is of another, is used again, or the cookie is missing', async () => {
    const anna = new Agent();
    const theirs = await depart(node, liar, new Agent());
    const tried = async (agent, url) => (await agent.go(url)).status;
    // A refusal takes the cookie away: each of these has one of its own.
    const wrong = [["another's answer: the sign-in of an attacker", () => theirs.back()], ['no state', (own) => own.back({ state: '' }).replace('&state=', '')],
      ['a state that is made up', (own) => own.back({ state: 'x' })], ['another provider', (own) => own.back({ iss: 'https://evil.example' })]];
    for (const [what, url] of wrong) {
      const agent = new Agent();
      const own = await depart(node, liar, agent);
      assert.equal(await tried(agent, url(own)), 401, what);
      assert.equal(agent.cookies.has('carillon-sign-in'), false, what);
    }
    assert.equal(await tried(new Agent(), theirs.back()), 401, 'no cookie');
    const mine = await depart(node, liar, anna);
    const cookie = anna.cookies.get('carillon-sign-in');
    const back = mine.back();
    assert.equal(await tried(anna, back), 303);
    anna.cookies.set('carillon-sign-in', cookie);
    assert.equal(await tried(anna, back), 401, 'replayed');
    const forged = new Agent();
    const fresh = await depart(node, liar, forged);
    const parts = forged.cookies.get('carillon-sign-in').split('.');
    for (const broken of [`${parts[0]}.${parts[1]}.x`, `${parts[0]}.9.${parts[2]}`, parts[0], '', '..', `x.${parts[1]}.${parts[2]}`]) {
      forged.cookies.set('carillon-sign-in', broken);
      assert.equal(await tried(forged, fresh.back()), 401, broken);
    }
  });

  test('that the provider refuses is none, and its texts are not shown', async () => {
    const agent = new Agent();
    const { back } = await depart(node, liar, agent);
    const answer = await agent.go(back({ code: '', error: 'access_denied', error_description: '<script>alert(1)</script>' }).replace('code=&', ''));
    assert.equal(answer.status, 401);
    assert.doesNotMatch(await answer.text(), /script/);
    liar.lies = { at: 'token', status: 400 };
    assert.equal((await signIn(node, liar)).status, 401);
    liar.lies = {};
  });

  test('of who has no role here is forbidden, and a company is a bound', async () => {
    for (const groups of [undefined, [], ['others'], 'opsx', [7], { ops: true }, null]) {
      liar.lies = { token: () => liar.token('rs', { groups }) };
      assert.equal((await signIn(node, liar)).status, 403, JSON.stringify(groups));
    }
    liar.lies = { token: () => liar.token('rs', { groups: ['acme'], sub: 'carl' }) };
    const agent = new Agent();
    await signIn(node, liar, agent);
    assert.equal((await (await me(agent)).json()).companyId, 'c-1');
    assert.equal((await agent.go(`${node.admin}/api/keys`)).status, 403);
    assert.equal((await agent.go(`${node.admin}/api/events?companyId=c-2`)).status, 403);
    liar.lies = { token: () => liar.token('rs', { groups: 'viewers', sub: 'vera' }) };
    const viewer = new Agent();
    await signIn(node, liar, viewer);
    const made = await viewer.go(`${node.admin}/api/keys`, { method: 'POST', body: '{"name":"x","role":"admin"}', headers: { 'Content-Type': 'application/json', Origin: node.admin } });
    assert.equal(made.status, 403);
    liar.lies = {};
  });

  test('asks the userinfo endpoint for roles that the ID token lacks, of the same person only', async () => {
    const own = await startLiar({ after: (x) => ending.unshift(x) });
    own.userinfo = { sub: 'anna', groups: ['ops'], email: 'anna@example.org' };
    const other = await startSignOn({ after: (x) => ending.unshift(x) }, own.url);
    own.lies = { token: () => own.token('rs', { groups: undefined }) };
    const agent = new Agent();
    assert.equal((await signIn(other, own, agent)).status, 303);
    assert.equal((await (await agent.go(`${other.admin}/api/me`)).json()).name, 'anna@example.org');
    own.userinfo = { sub: 'eve', groups: ['ops'] };
    assert.equal((await signIn(other, own)).status, 403);
  });

  test('of a page elsewhere is worth nothing', async () => {
    const agent = new Agent();
    await signIn(node, liar, agent);
    const change = (headers) => agent.go(`${node.admin}/api/consumers/audit/pause`, { method: 'POST', headers });
    for (const headers of [{}, { Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: node.data }, { Origin: node.admin, 'Sec-Fetch-Site': 'same-site' }])
      assert.equal((await change(headers)).status, 403, JSON.stringify(headers));
    assert.equal((await change({ Origin: node.admin, 'Sec-Fetch-Site': 'same-origin' })).status, 200);
    await agent.go(`${node.admin}/api/consumers/audit/resume`, { method: 'POST', headers: { Origin: node.admin } });
    for (const site of ['cross-site', 'same-site']) assert.equal((await me(agent, { headers: { 'Sec-Fetch-Site': site } })).status, 403, site);
    for (const site of ['same-origin', 'none']) assert.equal((await me(agent, { headers: { 'Sec-Fetch-Site': site } })).status, 200, site);
    assert.equal((await agent.go(`${node.admin}/api/sso/logout`, { method: 'POST', headers: { Origin: 'https://evil.example' } })).status, 403);
    const token = agent.cookies.get('carillon-session');
    const twice = await fetch(`${node.admin}/api/me`, { headers: { Cookie: `carillon-session=${token}; carillon-session=${token}` } });
    assert.equal(twice.status, 401, 'twice');
    assert.equal((await fetch(`${node.data}/api/events`, { method: 'POST', body: '{}', headers: { Cookie: `carillon-session=${token}` } })).status, 401, 'the data port');
    const preflight = await fetch(`${node.admin}/api/me`, { headers: { Origin: node.admin, Cookie: `carillon-session=${token}` } });
    assert.equal(preflight.headers.get('access-control-allow-credentials'), null);
  });

  test('ends by signing out, for everybody who has the cookie', async () => {
    const agent = new Agent();
    await signIn(node, liar, agent);
    const copy = new Agent();
    copy.cookies = new Map(agent.cookies);
    const gone = await agent.go(`${node.admin}/api/sso/logout`, { method: 'POST', headers: { Origin: node.admin } });
    assert.deepEqual([gone.status, await gone.json()], [200, { providerUrl: null }]);
    assert.equal((await me(copy)).status, 401);
    assert.equal((await copy.go(`${node.admin}/api/sso/logout`, { method: 'POST', headers: { Origin: node.admin } })).status, 401);
  });

  test('and all that is done then has the subject in the audit log', async () => {
    liar.lies = { token: () => liar.token('rs', { sub: 'berta-7', preferred_username: 'Berta' }) };
    const agent = new Agent();
    await signIn(node, liar, agent);
    liar.lies = {};
    const made = await agent.go(`${node.admin}/api/keys`, { method: 'POST', body: '{"name":"of berta","role":"reader"}', headers: { 'Content-Type': 'application/json', Origin: node.admin } });
    assert.equal(made.status, 201, await made.text());
    await agent.go(`${node.admin}/api/sso/logout`, { method: 'POST', headers: { Origin: node.admin } });
    for (const actor of ['oidc:berta-7', 'berta-7']) {
      const { audit } = await (await asAdmin(`/api/audit?actor=${actor}`)).json();
      assert.deepEqual(audit.map((x) => [x.action, x.actor, x.person]).reverse(),
        ['sso.signed_in', 'key.created', 'sso.signed_out'].map((x) => [x, 'oidc:berta-7', 'berta-7']));
      assert.match(audit[1].origin, /^127\.0\.0\.1 \(Berta\)$/);
    }
    assert.equal((await (await asAdmin('/api/audit/verify')).json()).valid, true);
    await eventually(async () => (await (await asAdmin('/api/events?types=security.login_failed')).json()).events.length > 0, 'refused sign-ins as events');
  });

  test('access tokens open the API for their audience, on both ports', async () => {
    const api = 'https://carillon.example';
    const ask = async (token, path = '/api/me') => (await fetch(`${node.admin}${path}`, { headers: { Authorization: `Bearer ${token}` } })).status;
    const right = await liar.token('es', { aud: api, nonce: undefined }, { typ: 'at+jwt' });
    assert.equal(await ask(right), 200);
    assert.equal(await ask(right, '/api/keys'), 200);
    const event = { type: 'user.login', userId: 'u-1', data: { ip: '192.0.2.1', userAgent: 'x' } };
    const publish = async (token) => (await fetch(`${node.data}/api/events`, { method: 'POST', body: JSON.stringify(event), headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` } })).status;
    assert.equal(await publish(right), 201);
    assert.equal(await publish(await liar.token('ed', { aud: api, groups: ['viewers'] })), 403);
    const wrong = {
      'an ID token': [await liar.token('rs'), 401],
      'no audience': [await liar.token('rs', { aud: undefined }), 401],
      'another issuer': [await liar.token('rs', { aud: api, iss: 'https://evil.example' }), 401],
      'expired': [await liar.token('rs', { aud: api, exp: second() - 61 }), 401],
      'no end': [await liar.token('rs', { aud: api, exp: undefined }), 401],
      'alg none': [liar.forged({ alg: 'none' }, { aud: api }, () => ''), 401],
      'HS256 with the public key': [liar.forged({ alg: 'HS256', kid: 'rs' }, { aud: api }, liar.hmac(liar.pairs.rs[1].publicKey.export({ type: 'spki', format: 'pem' }))), 401],
      'a foreign key': [await liar.token('foreign', { aud: api }, { kid: 'rs' }), 401],
      'no role': [await liar.token('rs', { aud: api, groups: ['others'] }), 403],
    };
    for (const [what, [token, status]] of Object.entries(wrong)) {
      assert.equal(await ask(token), status, what);
      assert.equal(await publish(token), status, `${what}, publishing`);
    }
    // Within the leeway of a minute.
    assert.equal(await ask(await liar.token('rs', { aud: api, exp: second() - 30 })), 200);
    // A key that is new: 503 while it is read, then it counts; one that is gone does not.
    liar.published = ['next'];
    const next = await liar.token('next', { aud: api });
    await eventually(async () => {
      const status = await ask(next);
      assert.ok([200, 401, 503].includes(status), String(status));
      return status === 200;
    }, 'the new key');
    assert.ok([401, 503].includes(await ask(right)), 'the old key');
    liar.published = ['rs', 'es', 'ed'];
  });
});

describe('a provider that', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  after(async () => {
    for (const x of ending) await x();
  });

  const cases = {
    'hangs': { hang: true },
    'answers 10 MB': { length: 10_000_000 },
    'answers 500': { status: 500 },
    'redirects elsewhere': { redirect: 'https://evil.example/token' },
    'answers no JSON': { text: '<html>' },
  };
  for (const at of ['description', 'keys', 'token'])
    for (const [what, lie] of Object.entries(cases))
      test(`${what} (${at}) lets nobody in, delays nobody, and is forgotten when it is well again`, async () => {
        const liar = await startLiar(suite);
        liar.lies = at === 'token' ? {} : { at, ...lie };
        const node = await startSignOn(suite, liar.url, ['--oidc-timeout', '300ms']);
        const agent = new Agent();
        if (at === 'token') {
          const { back } = await depart(node, liar, agent);
          liar.lies = { at, ...lie };
          const answer = await agent.go(back());
          assert.ok([401, 503].includes(answer.status), String(answer.status));
        } else {
          const answer = await agent.go(`${node.admin}/sso/login`);
          assert.equal(answer.status, 503);
          assert.ok(answer.headers.get('retry-after'));
          assert.match(answer.headers.get('content-type'), /^text\/html/);
        }
        // Keys work meanwhile.
        const begun = Date.now();
        assert.equal((await fetch(`${node.admin}/api/me`, { headers: { Authorization: `Bearer ${node.key}` } })).status, 200);
        assert.ok(Date.now() - begun < 2_000);
        liar.lies = {};
        await eventually(async () => {
          const again = new Agent();
          if ((await again.go(`${node.admin}/sso/login`)).status !== 303) return false;
          return (await signIn(node, liar, again)).status === 303;
        }, 'a sign-in', 30_000);
        const stopping = Date.now();
        await node.stop();
        assert.ok(Date.now() - stopping < 8_000, 'it stops in time');
      });

  test('describes itself as another, or with addresses that may not be called, lets nobody in', async () => {
    for (const description of [{ issuer: 'https://evil.example' }, { token_endpoint: 'http://10.0.0.1/token' }, { token_endpoint: 'file:///etc/passwd' },
      { jwks_uri: 'http://user:pass@127.0.0.1/' }, { authorization_endpoint: 'javascript:alert(1)' }, { jwks_uri: undefined }]) {
      const liar = await startLiar(suite);
      liar.lies = { description };
      const node = await startSignOn(suite, liar.url, ['--oidc-timeout', '300ms']);
      assert.equal((await fetch(`${node.admin}/sso/login`, { redirect: 'manual' })).status, 503, JSON.stringify(description));
      await node.stop();
    }
  });

  test('names itself in its answers (RFC 9207) has to do so', async () => {
    const liar = await startLiar(suite);
    liar.lies = { description: { authorization_response_iss_parameter_supported: true } };
    const node = await startSignOn(suite, liar.url);
    assert.equal((await signIn(node, liar)).status, 401);
    assert.equal((await signIn(node, liar, new Agent(), { iss: liar.url })).status, 303);
  });

  test('is asked to send nobody elsewhere: the name of the host is ours', async () => {
    const liar = await startLiar(suite);
    const node = await startSignOn(suite, liar.url);
    const { request } = await import('node:http');
    const login = (port, host) => new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/sso/login', headers: { Host: host } }, (x) => resolve(x.resume())).on('error', reject).end();
    });
    const port = new URL(node.admin).port;
    assert.equal((await login(port, 'evil.example')).statusCode, 403);
    assert.equal((await login(port, `localhost.evil.example:${port}`)).statusCode, 403);
    const local = await login(port, `localhost:${port}`);
    assert.equal(new URL(local.headers.location).searchParams.get('redirect_uri'), `http://localhost:${port}/sso/callback`);
    const named = await startSignOn(suite, liar.url, ['--oidc-page-url', 'https://ops.example.com']);
    const there = await login(new URL(named.admin).port, 'ops.example.com');
    assert.equal(new URL(there.headers.location).searchParams.get('redirect_uri'), 'https://ops.example.com/sso/callback');
    assert.match(there.headers['set-cookie'][0], /^__Host-carillon-sign-in=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/);
    const other = await login(new URL(named.admin).port, 'evil.example');
    assert.equal(other.headers.location, 'https://ops.example.com/sso/login');
  });
});

describe('keys', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  after(async () => {
    for (const x of ending) await x();
  });

  test('for the day when the provider is away: each use is a row and an alert', async () => {
    const gone = await listen(suite, (_, answer) => answer.destroy());
    const node = await startSignOn(suite, gone.url);
    const ask = (path, key, options = {}) => fetch(`${node.admin}${path}`, { ...options, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
    const make = async (body) => (await ask('/api/keys', node.key, { method: 'POST', body: JSON.stringify(body) }));
    const { key, id, breakGlass } = await (await make({ name: 'envelope', role: 'admin', breakGlass: true })).json();
    assert.equal(breakGlass, true);
    for (const more of [{ role: 'reader' }, { companyId: 'c-1' }, { expiresAt: '2099-01-01T00:00:00Z' }])
      assert.equal((await make({ name: 'x', role: 'admin', breakGlass: true, ...more })).status, 400, JSON.stringify(more));
    const rows = async () => (await (await ask('/api/audit?action=key.break_glass_used', node.key)).json()).audit;
    assert.deepEqual(await rows(), []);
    assert.equal((await ask('/api/keys', key)).status, 200);
    assert.equal((await ask('/api/node', key)).status, 200);
    const [row, ...more] = await rows();
    assert.deepEqual(more, [], 'once for ten minutes');
    assert.deepEqual([row.actor, row.subject, row.detail], [`key:${id}`, `key:${id}`, { call: 'GET /api/keys' }]);
    const alerts = await eventually(async () => {
      const { events } = await (await ask('/api/events?types=system.alert', node.key)).json();
      return events.length > 0 && events;
    }, 'an alert');
    assert.deepEqual([alerts[0].data.alert, alerts[0].data.subject, alerts[0].data.state], ['break_glass', `key:${id}`, 'begun']);
    assert.match(alerts[0].data.message, /'envelope' was used from 127\.0\.0\.1/);
    const publish = await fetch(`${node.data}/api/events`, { method: 'POST', body: '{"type":"user.login"}', headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
    assert.equal(publish.status, 401, 'the data port');
  });

  test('end when they say, and say when they were used', async () => {
    const node = await startSignOn(suite, 'https://id.invalid');
    const ask = (path, key, options = {}) => fetch(`${node.admin}${path}`, { ...options, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
    const make = (body) => ask('/api/keys', node.key, { method: 'POST', body: JSON.stringify(body) });
    const end = new Date(Date.now() + 2_500).toISOString();
    const made = await (await make({ name: 'short', role: 'reader', expiresAt: end })).json();
    assert.equal(Date.parse(made.expiresAt), Date.parse(end));
    assert.equal(made.lastUsedAt, null);
    assert.equal((await ask('/api/me', made.key)).status, 200);
    await eventually(async () => (await ask('/api/me', made.key)).status === 401, 'its end');
    assert.ok(Date.now() >= Date.parse(end));
    for (const expiresAt of ['2020-01-01T00:00:00Z', 'tomorrow', ''])
      assert.equal((await make({ name: 'x', role: 'reader', expiresAt })).status, 400, expiresAt);
    // The last admin key without an end stays.
    await make({ name: 'ends', role: 'admin', expiresAt: '2099-01-01T00:00:00Z' });
    const { keys } = await (await ask('/api/keys', node.key)).json();
    assert.equal((await ask(`/api/keys/${keys[0].id}`, node.key, { method: 'DELETE' })).status, 409);
  });
});
