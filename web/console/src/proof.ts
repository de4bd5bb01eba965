// Checks the proof of an event by docs/evidence.md: leaf, path and root, not the signature.
import type { Schemas } from './api';
import { hash, unbase64 as base64, utf8 } from './bytes';

type Proof = Schemas['EventProof'];
export interface Proven {
  fits: boolean;
  why: string;
  /** Events that the checkpoint covers. */
  size: number;
}

const numbers = ['seq', 'time', 'recordedAt', 'audience', 'hops'] as const;
const texts = ['id', 'source', 'type', 'companyId', 'userId', 'correlationId', 'causationId', 'traceparent'] as const;
function integer(x: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigInt64(0, BigInt(x));
  return out;
}

async function leafOf({ event, salts }: Proof): Promise<Uint8Array> {
  const pieces = [Uint8Array.of(0), integer(1), ...numbers.map((x) => integer(event[x]))];
  for (const x of texts) {
    const text = utf8(event[x]);
    pieces.push(integer(text.length), text);
  }
  pieces.push(await hash(base64(salts.metadata), utf8(event.metadata)), await hash(base64(salts.data), utf8(event.data)));
  return hash(...pieces);
}

/** RFC 9162, section 2.1.3.2; null if the path has another length. */
async function rootOf(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): Promise<Uint8Array | null> {
  let node = index;
  let last = size - 1;
  let root = leaf;
  const half = (x: number) => Math.floor(x / 2);
  for (const other of path) {
    if (last <= 0) return null;
    if (node % 2 === 1 || node === last) {
      root = await hash(Uint8Array.of(1), other, root);
      while (node % 2 === 0 && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      root = await hash(Uint8Array.of(1), root, other);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0 ? root : null;
}

export async function prove(proof: Proof): Promise<Proven> {
  const [, sizeText = '', rootText = ''] = proof.checkpoint.split('\n');
  const size = Number(sizeText);
  const bad = (why: string): Proven => ({ fits: false, why, size });
  if (!globalThis.crypto?.subtle) return bad('the browser gives this page no SHA-256: open it by localhost or https');
  if (!Number.isSafeInteger(size) || proof.event.seq > size) return bad('the checkpoint does not reach the event');
  const root = await rootOf(await leafOf(proof), proof.event.seq - 1, size, proof.path.map(base64));
  if (!root) return bad('the path has the wrong length');
  const signed = base64(rootText);
  const same = signed.length === root.length && signed.every((x, i) => x === root[i]);
  return same ? { fits: true, why: '', size } : bad('the path does not lead to the signed root');
}
