// Both ports before OpenSSL's client and before bytes that no library of today sends: what testssl.sh would look at. And before clients
// that are slow, and under load while certificates change.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually, startNode, temporaryDirectory } from './node_fixture.mjs';

const folder = temporaryDirectory();
const ending = [];
const suite = { after: (x) => ending.unshift(x) };
after(async () => {
  for (const x of ending) await x();
});

/** A certificate of its own authority. */
function certificate(name, ...how) {
  const made = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const out = spawnSync('openssl', ['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    ...how, '-keyout', made.key, '-out', made.cert], { encoding: 'utf8' });
  assert.equal(out.status, 0, out.stderr);
  return made;
}
const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const start = (t, { cert, key }, ...more) => startNode(t, ['--tls-cert', cert, '--tls-key', key, ...more]);
const portOf = (url) => Number(new URL(url).port);

/** Runs `openssl s_client`; without words for it, it ends as soon as the handshake has. */
function ask(port, args, words = '') {
  return new Promise((resolve) => {
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], { stdio: 'pipe' });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (x) => { text += x; });
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.stdin.on('error', () => {});
    if (words) child.stdin.write(words);
    else child.stdin.end();
    child.once('close', (code) => {
      clearTimeout(timer);
      const [, version, cipher] = /^New, (\S+), Cipher is (\S+)/m.exec(text) ?? [];
      resolve({ code, text, version, cipher: cipher === '(NONE)' ? undefined : cipher });
    });
  });
}

// -- bytes of a handshake ---------------------------------------------------------

const two = (x) => [x >> 8, x & 255];
const sized = (bytes) => [...two(bytes.length), ...bytes];
const extension = (type, bytes) => [...two(type), ...sized(bytes)];
const extensions = [
  ...extension(10, sized([...two(29), ...two(23)])), // groups: X25519, P-256
  ...extension(11, [1, 0]), // uncompressed points
  ...extension(13, sized([...two(0x0403), ...two(0x0804), ...two(0x0401)])), // ECDSA and RSA with SHA-256
];
/** A ClientHello, of the version, with these methods of compression. */
function hello(version, compressions, suites = [0xc02b, 0xc02f, 0xc009, 0xc013, 0x002f]) {
  const body = [...two(version), ...Array.from({ length: 32 }, (_, i) => i), 0, ...sized(suites.flatMap(two)), compressions.length, ...compressions, ...sized(extensions)];
  const message = [1, 0, ...two(body.length), ...body];
  return Buffer.from([22, ...two(Math.min(version, 0x0301)), ...sized(message)]);
}

/** What the port says to bytes, until it ends the connection or has said enough. */
function answerTo(port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let got = Buffer.alloc(0);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(got);
    };
    const timer = setTimeout(() => reject(new Error('the port says nothing and does not end')), 60_000);
    socket.on('data', (x) => {
      got = Buffer.concat([got, x]);
      if (got[0] === 22 && got.length > 60) done();
    });
    socket.on('close', done);
    socket.on('error', done);
  });
}
const helloDone = 22;
const alert = 21;
/** Method of compression that a ServerHello chose. */
const compressionIn = (x) => x[5 + 4 + 2 + 32 + 1 + x[43] + 2];

const kinds = [['an elliptic key', 'ECDSA', elliptic], ['an RSA key', 'RSA', ['-newkey', 'rsa:2048']]];
for (const [what, name, how] of kinds) {
  describe(`with ${what}`, () => {
    let ports;
    before(async () => {
      const node = await start(suite, certificate(name, ...how));
      ports = [['data', portOf(node.data)], ['admin', portOf(node.admin)]];
    });
    const each = async (run) => {
      for (const [kind, port] of ports) await run(port, kind);
    };

    test('TLS 1.2 and 1.3 are spoken, and nothing before', () => each(async (port, kind) => {
      for (const version of ['-tls1_2', '-tls1_3']) assert.ok((await ask(port, [version])).cipher, `${kind} ${version}`);
      for (const version of ['-tls1', '-tls1_1']) {
        const old = await ask(port, [version, '-cipher', 'ALL:@SECLEVEL=0']);
        assert.equal(old.cipher, undefined, `${kind} ${version}`);
        assert.match(old.text, /alert protocol version/, 'it is the port that refuses');
      }
      for (const version of [0x0300, 0x0301, 0x0302]) assert.notEqual((await answerTo(port, hello(version, [0])))[0], helloDone, `${kind} version ${version}`);
      assert.equal((await answerTo(port, hello(0x0303, [0])))[0], helloDone, 'the same bytes of TLS 1.2 are accepted');
      // SSL 2: a record of two bytes' length.
      const challenge = Array.from({ length: 16 }, (_, i) => i);
      const ssl2 = await answerTo(port, Buffer.from([0x80, 0x1c, 1, 0, 2, 0, 3, 0, 0, 0, 16, 1, 0, 0x80, ...challenge]));
      assert.ok(ssl2.length === 0 || ssl2[0] === alert || ssl2.toString().startsWith('HTTP/1.1 400'), ssl2.toString('hex'));
    }));

    test('of all ciphers that OpenSSL has, only those with forward secrecy and authentication', () => each(async (port) => {
      const list = (text) => spawnSync('openssl', ['ciphers', '-s', '-tls1_2', text], { encoding: 'utf8' }).stdout.trim().split(':');
      const all = list('ALL:COMPLEMENTOFALL:@SECLEVEL=0');
      assert.ok(all.length > 60, `${all.length} ciphers`);
      const accepted = [];
      for (const cipher of all) if ((await ask(port, ['-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`])).cipher) accepted.push(cipher);
      const wanted = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map((x) => `ECDHE-${name}-${x}`);
      assert.deepEqual(accepted.sort(), wanted.sort());
      for (const [suiteOf13, spoken] of [['TLS_AES_128_GCM_SHA256', true], ['TLS_AES_256_GCM_SHA384', true], ['TLS_CHACHA20_POLY1305_SHA256', true], ['TLS_AES_128_CCM_SHA256', false], ['TLS_AES_128_CCM_8_SHA256', false]])
        assert.equal((await ask(port, ['-tls1_3', '-ciphersuites', suiteOf13])).cipher, spoken ? suiteOf13 : undefined);
    }));

    test('no weak signature or group', () => each(async (port) => {
      for (const version of ['-tls1_2', '-tls1_3']) assert.match((await ask(port, [version])).text, /^Peer signing digest: SHA(256|384|512)/m);
      assert.equal((await ask(port, ['-tls1_2', '-sigalgs', 'RSA+SHA1:ECDSA+SHA1', '-cipher', 'ALL:@SECLEVEL=0'])).cipher, undefined);
      assert.ok((await ask(port, ['-tls1_2', '-sigalgs', 'RSA+SHA256:ECDSA+SHA256'])).cipher);
      assert.equal((await ask(port, ['-tls1_2', '-groups', 'secp224r1', '-cipher', 'ALL:@SECLEVEL=0'])).cipher, undefined);
      assert.ok((await ask(port, ['-tls1_2', '-groups', 'P-256'])).cipher);
    }));

    test('nothing is compressed', () => each(async (port) => {
      const both = await answerTo(port, hello(0x0303, [1, 0]));
      assert.equal(both[0], helloDone);
      assert.equal(compressionIn(both), 0);
      assert.notEqual((await answerTo(port, hello(0x0303, [1])))[0], helloDone, 'a client that wants it only is refused');
    }));

    test('nobody renegotiates, resumes or sends early', () => each(async (port) => {
      const again = await ask(port, ['-tls1_2'], 'R\n');
      assert.match(again.text, /RENEGOTIATING/);
      assert.match(again.text, /no renegotiation|alert handshake failure/i);
      assert.notEqual(again.code, 0);
      // Of RFC 5746: a prefix of somebody else's is noticed.
      assert.match(again.text, /Secure Renegotiation IS supported/);
      const resumed = await ask(port, ['-tls1_2', '-reconnect']);
      assert.equal(resumed.text.match(/^Reused, /gm), null);
      assert.equal(resumed.text.match(/^New, /gm)?.length, 6);
      const modern = await ask(port, ['-tls1_3']);
      assert.doesNotMatch(modern.text, /New Session Ticket|Early data was accepted/);
      assert.match(modern.text, /Early data was not sent/);
    }));

    test('a client that was pushed to an older version is told', () => each(async (port) => {
      const fallen = await ask(port, ['-tls1_2', '-fallback_scsv']);
      assert.equal(fallen.cipher, undefined);
      assert.match(fallen.text, /inappropriate fallback/);
    }));

    test('of the protocols that a client names, http/1.1', () => each(async (port) => {
      assert.match((await ask(port, ['-alpn', 'h2,http/1.1'])).text, /^ALPN protocol: http\/1\.1/m);
      const other = await ask(port, ['-alpn', 'h2']);
      assert.equal(other.cipher, undefined);
      assert.match(other.text, /no application protocol/);
      assert.match((await ask(port, [])).text, /^No ALPN negotiated/m);
      assert.ok((await ask(port, ['-servername', 'elsewhere.test'])).cipher, 'a name chooses nothing');
    }));
  });
}

test('a node does not start with a weak key', async (t) => {
  // The signature of a certificate that signs itself proves nothing, and OpenSSL does not look at it.
  await assert.rejects(start(t, certificate('short', '-newkey', 'rsa:1024')), /cannot be used: .*too small/);
});

test('slow handshakes have an end, and leave room for others', async (t) => {
  const node = await start(t, certificate('slow', ...elliptic), '--tls-handshake-deadline', '1s', '--tls-handshakes', '40');
  for (const kind of ['data', 'admin']) {
    const port = portOf(node[kind]);
    const bytes = hello(0x0303, [0]);
    const began = Date.now();
    const drip = () => new Promise((resolve) => {
      let sent = 0;
      const socket = connect(port, '127.0.0.1');
      // Each byte comes long before the deadline; all of them would take a quarter of a minute.
      const timer = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 100);
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ sent, ms: Date.now() - began });
      });
    });
    const slow = Promise.all(Array.from({ length: 20 }, drip));
    // Silent ones that come meanwhile.
    const silent = Promise.all(Array.from({ length: 5 }, () => new Promise((resolve) => connect(port, '127.0.0.1').on('close', resolve).on('error', () => {}).resume())));
    for (let i = 0; i < 10; ++i) assert.ok((await ask(port, [])).cipher, 'others are served');
    const ended = await slow;
    await silent;
    const longest = Math.max(...ended.map((x) => x.ms));
    assert.ok(longest < 10_000 && ended.every((x) => x.sent < bytes.length), `the last one ended after ${longest} ms`);
    assert.ok(ended.every((x) => x.ms >= 900), 'not before the deadline');
    console.log(`${kind}: 20 slow handshakes ended by ${longest} ms`);
  }
});

test('new certificates under load drop no connection, and refuse none', async (t) => {
  const [first, second] = ['first', 'second'].map((x) => certificate(x, ...elliptic));
  const own = { cert: join(folder, 'own.pem'), key: join(folder, 'own.key') };
  const use = (x) => {
    // As a renewal does it: each file is replaced as a whole.
    for (const part of ['key', 'cert']) {
      copyFileSync(x[part], `${own[part]}.new`);
      renameSync(`${own[part]}.new`, own[part]);
    }
  };
  use(first);
  const node = await start(t, own);
  const ca = [readFileSync(first.cert), readFileSync(second.cert)];
  const counts = { kept: 0, fresh: 0, failed: [] };
  let goes = true;
  const send = (agent, url, method, body) => new Promise((resolve) => {
    const sent = request(url, { method, agent, ca, headers: body ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } : {} }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode)).on('error', (x) => resolve(x.message));
    });
    sent.on('error', (x) => resolve(x.message)).end(body);
  });
  const event = JSON.stringify({ type: 'order.cancelled', companyId: 'c', data: { orderId: 'o', reason: 'r' } });
  const https = (url, path) => `${url.replace('http:', 'https:').replace('127.0.0.1', 'localhost')}${path}`;
  const calls = [[https(node.data, '/api/events'), 'POST', event], [https(node.admin, '/api/events?limit=1'), 'GET', undefined]];
  const load = [];
  const sockets = new Set();
  for (const [url, method, body] of calls)
    for (let i = 0; i < 4; ++i) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agent.on('free', (socket) => sockets.add(socket));
      t.after(() => agent.destroy());
      load.push((async () => {
        while (goes) {
          const got = await send(agent, url, method, body);
          if (got === 200 || got === 201) counts.kept += 1;
          else counts.failed.push(`kept: ${got}`);
        }
      })());
    }
  const shown = new Set();
  for (const [url] of calls)
    load.push((async () => {
      while (goes) {
        const got = await new Promise((resolve) => {
          const socket = connectTls({ port: Number(new URL(url).port), host: '127.0.0.1', servername: 'localhost', ca }, () => {
            shown.add(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
            resolve(true);
          });
          socket.on('error', (x) => resolve(x.message));
        });
        if (got === true) counts.fresh += 1;
        else counts.failed.push(`fresh: ${got}`);
      }
    })());
  const wasRead = () => node.log().split('keys and certificates read again').length - 1;
  for (let i = 0; i < 20; ++i) {
    const [reads, was] = [wasRead(), counts.kept];
    use(i % 2 === 0 ? second : first);
    process.kill(node.pid, 'SIGHUP');
    await eventually(() => wasRead() > reads, 'the new certificate');
    await eventually(() => counts.kept > was + 20, 'requests after it');
  }
  goes = false;
  await Promise.all(load);
  assert.deepEqual(counts.failed, []);
  assert.equal(sockets.size, 8, 'each client kept its one connection');
  assert.equal(shown.size, 2, 'new connections have seen both');
  console.log(`20 changes, ${counts.kept} requests on 8 connections, ${counts.fresh} new connections, none failed`);
});
