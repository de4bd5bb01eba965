// Bytes, as proofs and checkpoints are made of them.

export const utf8 = (x: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(x);
/** Throws for a text that is none. */
export const unbase64 = (x: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(x), (c) => c.charCodeAt(0));

function joined(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(pieces.reduce((n, x) => n + x.length, 0));
  let at = 0;
  for (const x of pieces) {
    out.set(x, at);
    at += x.length;
  }
  return out;
}

/** SHA-256 of the pieces, one after the other. */
export const hash = async (...pieces: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.digest('SHA-256', joined(pieces)));
