import { createHash, createHmac, createPublicKey, timingSafeEqual, verify as verifyEd25519 } from 'node:crypto';

/** Headers as Node.js, Express, Fastify or fetch have them. */
export type HeadersLike = Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

export interface VerifyOptions {
  /** How old, or how far in the future, a message may be, in seconds. Default 300; `Infinity` for any age. */
  toleranceSeconds?: number;
  /** Milliseconds since 1970. Default now. */
  now?: number;
}

/**
 * The secret that a text stands for. `whsec_…`, `whsk_…` and `whpk_…` (Standard Webhooks) stand for
 * themselves, and have to be well-formed. Any other text becomes `whsec_` and the base64 of
 * SHA-256("carillon webhook secret v1" + NUL + text), so that a secret of an older system can stay.
 */
export function secretFrom(text: string): string {
  if (text === '') throw new TypeError('a webhook secret is empty');
  const [, kind, base64] = /^wh(sec|sk|pk)_(.*)$/s.exec(text) ?? [];
  if (kind !== undefined && base64 !== undefined) {
    const bytes = Buffer.from(base64, 'base64');
    const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
    if (!isWhole || (kind === 'sec' && (bytes.length < 24 || bytes.length > 64))) throw new TypeError('a secret with the prefix of Standard Webhooks is not the base64 of 24 to 64 bytes');
    return text;
  }
  return `whsec_${createHash('sha256').update(`carillon webhook secret v1\0${text}`, 'utf8').digest('base64')}`;
}

/** Whether a webhook request comes from who has the secret. `body` is what was received, before it is parsed. */
export function verifySignature(body: string | Uint8Array, headers: HeadersLike, secret: string | readonly string[], options: VerifyOptions = {}): boolean {
  return signatureProblem(body, headers, secret, options) === null;
}

/** Why a signature is not valid, for people; null if it is. Several secrets are for the time of a rotation. */
export function signatureProblem(body: string | Uint8Array, headers: HeadersLike, secret: string | readonly string[], options: VerifyOptions = {}): string | null {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headerOf(headers, name));
  if (!id) return 'the header webhook-id is missing';
  if (!timestamp) return 'the header webhook-timestamp is missing';
  if (!signatures) return 'the header webhook-signature is missing';
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is no number of seconds';
  const age = (options.now ?? Date.now()) / 1000 - Number(timestamp);
  const tolerance = options.toleranceSeconds ?? 300;
  if (Math.abs(age) > tolerance) return `the message is ${Math.abs(Math.round(age))} s ${age > 0 ? 'old' : 'in the future'}`;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`, 'utf8'), bytes]);
  const keys = (typeof secret === 'string' ? [secret] : secret).map(secretFrom);
  const given = signatures.split(' ').filter((one) => one !== '');
  const valid = given.some((one) => keys.some((key) => isSignedBy(signed, one, key)));
  return valid ? null : 'no signature is by this secret, or the body was changed';
}

function isSignedBy(signed: Uint8Array, signature: string, key: string): boolean {
  const comma = signature.indexOf(',');
  const version = signature.slice(0, comma);
  const given = Buffer.from(signature.slice(comma + 1), 'base64');
  const bytes = Buffer.from(key.slice(key.indexOf('_') + 1), 'base64');
  if (version === 'v1' && key.startsWith('whsec_')) {
    const wanted = createHmac('sha256', bytes).update(signed).digest();
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  if (version === 'v1a' && key.startsWith('whpk_') && bytes.length === 32 && given.length === 64) {
    const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') } });
    return verifyEd25519(null, signed, publicKey, given);
  }
  return false;
}

function headerOf(headers: HeadersLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return (headers as { get(name: string): string | null }).get(name) ?? undefined;
  for (const [key, value] of Object.entries(headers as Record<string, string | readonly string[] | undefined>)) {
    if (key.toLowerCase() === name) return typeof value === 'string' ? value : value?.join(' ');
  }
  return undefined;
}
