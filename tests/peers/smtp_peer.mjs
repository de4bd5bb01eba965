// smtp_peer.mjs DIR OPTIONS: an SMTP server of the packages installed in DIR, for one test. OPTIONS
// is JSON: {"mode": "plain" | "starttls" | "smtps", "cert"?, "key"?, "user"?, "password"?, "port"?, "script"?}.
// `script` says what becomes of the first, second … transaction (MAIL FROM); later ones are accepted:
//   accept, mail451, mail530, mail553, rcpt450, rcpt550, rcpt550-2nd (the second recipient), data452, data554, drop (amid DATA), hang,
//   accept-close (the connection ends afterwards), accept-421 (it says so before it ends)
// Prints `port N`, then one JSON object per mail, as mailparser reads it, and `closed` when a
// connection was ended on purpose. Runs until it is killed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [directory, text] = process.argv.slice(2);
const options = JSON.parse(text);
const require = createRequire(`${directory}/package.json`);
const { SMTPServer } = require('smtp-server');
const { simpleParser } = require('mailparser');

const script = options.script ?? [];
let transactions = 0;

function refusal(action, stage) {
  if (!action.startsWith(stage)) return null;
  const code = Number(action.slice(stage.length));
  return Object.assign(new Error(`refused as asked ${options.password ?? ''}`), { responseCode: code });
}

function socketOf(session) {
  for (const connection of server.connections)
    if (connection.session === session) return connection._socket;
  return undefined;
}

function end(session, farewell) {
  const socket = socketOf(session);
  if (farewell) socket?.write(farewell);
  socket?.on('close', () => console.log('closed'));
  socket?.destroySoon();
}

const addresses = (field) => field?.value.map((x) => [x.name, x.address]) ?? [];

async function receive(stream, session) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const mail = await simpleParser(raw);
  return {
    connection: session.id,
    secure: session.secure,
    user: session.user ?? '',
    from: session.envelope.mailFrom.address,
    to: session.envelope.rcptTo.map((x) => x.address),
    bytes: raw.length,
    sha256: createHash('sha256').update(raw).digest('hex'),
    fromHeader: addresses(mail.from),
    toHeader: addresses(mail.to),
    subject: mail.subject ?? '',
    messageId: mail.messageId ?? '',
    date: mail.date?.toISOString() ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    attachments: mail.attachments.map((x) => ({
      name: x.filename,
      type: x.contentType,
      bytes: x.size,
      sha256: createHash('sha256').update(x.content).digest('hex'),
    })),
  };
}

const server = new SMTPServer({
  secure: options.mode === 'smtps',
  ...(options.cert ? { cert: readFileSync(options.cert), key: readFileSync(options.key) } : {}),
  disabledCommands: [
    ...(options.mode === 'plain' ? ['STARTTLS'] : []),
    ...(options.user ? [] : ['AUTH']),
  ],
  authOptional: !options.user,
  allowInsecureAuth: options.mode === 'plain',
  logger: false,
  disableReverseLookup: true,
  onAuth(auth, session, done) {
    if (auth.username === options.user && auth.password === options.password)
      done(null, { user: auth.username });
    else done(Object.assign(new Error(`no such login ${auth.password}`), { responseCode: 535 }));
  },
  onMailFrom(address, session, done) {
    session.action = script[transactions++] ?? 'accept';
    done(refusal(session.action, 'mail'));
  },
  onRcptTo(address, session, done) {
    // The first recipient is good, so that a refused one is not alone.
    done(session.envelope.rcptTo.length === 0 && session.action.endsWith('-2nd')
      ? null : refusal(session.action.replace('-2nd', ''), 'rcpt'));
  },
  onData(stream, session, done) {
    const { action } = session;
    if (action === 'hang') {
      console.log('hangs');
      stream.resume();
      return;
    }
    if (action === 'drop') {
      stream.once('data', () => socketOf(session)?.destroy());
      stream.resume();
      return;
    }
    receive(stream, session).then((mail) => {
      const refused = refusal(action, 'data');
      if (!refused) console.log(JSON.stringify(mail));
      done(refused, 'taken');
      if (action === 'accept-close') setTimeout(() => end(session), 20);
      if (action === 'accept-421') setTimeout(() => end(session, '421 idle for too long\r\n'), 20);
    }, done);
  },
});
server.on('error', () => {});
server.listen(options.port ?? 0, '127.0.0.1', () => console.log(`port ${server.server.address().port}`));
