// Signed checkpoints of the log (C2SP signed-note and tlog-checkpoint): who signed one, and whether a later one continues it (RFC 9162, section 2.1.4.2).
import { hash, unbase64, utf8 } from './bytes';

export interface Checkpoint {
  origin: string;
  /** Events that it covers. */
  size: number;
  root: Uint8Array;
  /** What is signed. */
  body: string;
  signatures: { name: string; bytes: Uint8Array<ArrayBuffer> }[];
}

/** Throws an Error for a text that is none. */
export function readCheckpoint(text: string): Checkpoint {
  const lines = text.replaceAll('\r\n', '\n').trim().split('\n');
  const gap = lines.indexOf('');
  const [origin = '', sizeText = '', rootText = ''] = lines;
  const size = Number(sizeText);
  if (gap < 3 || !/^\d+$/.test(sizeText) || !Number.isSafeInteger(size)) throw new Error('This is no checkpoint: it begins with a name, a number of events and a hash, and ends with a signature.');
  try {
    const signatures = lines.slice(gap + 1).filter((x) => x.startsWith('— ')).map((x) => {
      const [name = '', bytes = ''] = x.slice(2).split(' ');
      return { name, bytes: unbase64(bytes) };
    });
    return { origin, size, root: unbase64(rootText), body: `${lines.slice(0, gap).join('\n')}\n`, signatures };
  } catch {
    throw new Error('This is no checkpoint: a hash of it is not base64.');
  }
}

export type Signed = { by: string } | 'nobody' | 'unknown';

/**
 * Which of the keys signed it.
 * @param keys as `GET /api/audit/checkpoint` lists them: name, id and key with a plus between
 * @returns `unknown` where the browser has no Ed25519
 */
export async function signerOf(note: Checkpoint, keys: string[]): Promise<Signed> {
  if (!globalThis.crypto?.subtle) return 'unknown';
  for (const text of keys) {
    const [, name, keyText] = /^(.+)\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
    if (name === undefined || keyText === undefined) continue;
    const key = unbase64(keyText);
    if (key.length !== 33 || key[0] !== 1) continue;
    const id = (await hash(utf8(`${name}\n`), key)).slice(0, 4);
    for (const { name: signer, bytes } of note.signatures) {
      if (signer !== name || bytes.length !== 68 || !id.every((x, i) => x === bytes[i])) continue;
      try {
        const known = await crypto.subtle.importKey('raw', key.slice(1), { name: 'Ed25519' }, false, ['verify']);
        if (await crypto.subtle.verify('Ed25519', known, bytes.slice(4), utf8(note.body))) return { by: text };
      } catch {
        return 'unknown';
      }
    }
  }
  return 'nobody';
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

interface Tree {
  size: number;
  root: Uint8Array;
}

/** True if the tree of the later size has all of the earlier one, as it was. */
export async function continues(from: Tree, until: Tree, path: Uint8Array[]): Promise<boolean> {
  if (from.size > until.size) return false;
  if (from.size === 0) return path.length === 0;
  if (from.size === until.size) return path.length === 0 && same(from.root, until.root);
  const half = (x: number) => Math.floor(x / 2);
  const isPowerOfTwo = Number.isInteger(Math.log2(from.size)) && 2 ** Math.round(Math.log2(from.size)) === from.size;
  const [first, ...rest] = isPowerOfTwo ? [from.root, ...path] : path;
  if (!first) return false;
  let node = from.size - 1;
  let last = until.size - 1;
  while (node % 2 === 1) {
    node = half(node);
    last = half(last);
  }
  let earlier = first;
  let later = first;
  for (const other of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      earlier = await hash(Uint8Array.of(1), other, earlier);
      later = await hash(Uint8Array.of(1), other, later);
      while (node % 2 === 0 && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      later = await hash(Uint8Array.of(1), later, other);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 && same(earlier, from.root) && same(later, until.root);
}
