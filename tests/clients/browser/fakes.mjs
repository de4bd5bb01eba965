// What the client takes from a browser, under the test's control: clock, socket, random numbers,
// network events and a storage.

/** Lets promises that are settled go on; the client awaits a handful in a row at most. */
export async function settle() {
  for (let i = 0; i < 12; ++i) await Promise.resolve();
}

export class FakeClock {
  time = 0;
  #timers = new Map();
  #next = 1;

  now = () => this.time;
  setTimeout = (callback, ms) => {
    this.#timers.set(this.#next, { at: this.time + ms, callback });
    return this.#next++;
  };
  clearTimeout = (timer) => this.#timers.delete(timer);

  get pending() {
    return this.#timers.size;
  }

  /** Runs what falls due, in order, with promises settled in between. */
  async advance(ms) {
    await settle();
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, x]) => x.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].callback();
      await settle();
    }
    this.time = end;
  }
}

/** Like a browser's: no events after close() was handled, an exception for what browsers refuse. */
export class FakeSocket {
  static all = [];
  readyState = 0;
  protocol = '';
  sent = [];
  closedWith = null;
  onopen = null;
  onmessage = null;
  onclose = null;

  constructor(url, protocols) {
    for (const x of protocols) {
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(x)) throw new SyntaxError('not a subprotocol');
    }
    this.url = new URL(url);
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }

  send(text) {
    if (this.readyState === 0) throw new Error('InvalidStateError');
    if (this.readyState === 1) this.sent.push(JSON.parse(text));
  }

  close(code = 1005, reason = '') {
    const allowed = code === 1000 || code === 1005 || (code >= 3000 && code <= 4999);
    if (!allowed || new TextEncoder().encode(reason).length > 123) throw new Error('InvalidAccessError');
    this.readyState = 2;
    this.closedWith = { code, reason };
  }

  // -- the server's side

  accept(protocol = 'carillon.v1') {
    this.readyState = 1;
    this.protocol = protocol;
    this.onopen?.();
  }

  say(frame) {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  hello(head = 0, more = {}) {
    if (this.readyState === 0) this.accept();
    this.say({ op: 'hello', session: '1', userId: 'u', companyId: 'c', head, heartbeatMs: 25_000, ...more });
  }

  event(seq, type = 'order.created') {
    this.say({ op: 'event', seq, event: { seq, id: `e${seq}`, type, data: {} } });
  }

  end(code = 1006, reason = '') {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export function seededRandom(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
