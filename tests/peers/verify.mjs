// verify.mjs DIR FILE: verifies messages with the packages installed in DIR. Each line of FILE is
// {"secret","id","timestamp","signature","body"}; for each, a line says what each verifier thinks,
// e.g. `standardwebhooks=valid svix=valid`, or `node=refused` for Ed25519, which only Node's own
// crypto checks here: the packages know HMAC alone.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [directory, file] = process.argv.slice(2);
const require = createRequire(`${directory}/package.json`);
const packages = ['standardwebhooks', 'svix'];

function byPackage(name, message) {
  const { Webhook, WebhookVerificationError } = require(name);
  const receiver = new Webhook(message.secret);
  try {
    receiver.verify(message.body, {
      'webhook-id': message.id,
      'webhook-timestamp': message.timestamp,
      'webhook-signature': message.signature,
    });
    return 'valid';
  } catch (error) {
    // Anything else is a defect of the test and must not pass for a refusal.
    if (error instanceof WebhookVerificationError) return 'refused';
    throw error;
  }
}

function byNode(message) {
  const raw = Buffer.from(message.secret.slice('whpk_'.length), 'base64');
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
  const content = Buffer.from(`${message.id}.${message.timestamp}.${message.body}`);
  const matches = message.signature
    .split(' ')
    .filter((x) => x.startsWith('v1a,'))
    .some((x) => verify(null, content, key, Buffer.from(x.slice('v1a,'.length), 'base64')));
  return matches ? 'valid' : 'refused';
}

for (const line of readFileSync(file, 'utf8').split('\n')) {
  if (line === '') continue;
  const message = JSON.parse(line);
  console.log(
    message.secret.startsWith('whpk_')
      ? `node=${byNode(message)}`
      : packages.map((name) => `${name}=${byPackage(name, message)}`).join(' '),
  );
}
