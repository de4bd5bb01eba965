// The browser's side of a Carillon session (docs/protocol.md): a stream of events over a WebSocket
// that goes on where it stopped. Every event that this user may see and subscribed to is dispatched
// once and in order of its position, over any number of lost connections; positions that the server
// no longer has, or has anew since it was restored, are told as a gap. One socket and one timer at a time; nothing is queued.

/** @typedef {import('./carillon').CarillonOptions} CarillonOptions */
/** @typedef {import('./carillon').CarillonEnvironment} CarillonEnvironment */
/** @typedef {import('./carillon').CarillonState} CarillonState */

/**
 * One attempt to connect, and the connection that comes of it.
 * @typedef {object} Connection
 * @property {any} socket null until the token is there
 * @property {string} asked what the server was asked for last: types and filter, as JSON
 * @property {{types: string[], filter: string}} asking the same, apart
 * @property {{types: string[], filter: string} | null} agreed what it has confirmed
 * @property {boolean} answering a subscribe was sent and not answered yet
 * @property {number | null} liveSince when hello came
 * @property {number | null} startedAt the position at hello
 * @property {string | null} history of the log there; the client's own until the first frame after hello
 * @property {number} heartbeatMs
 * @property {number} silentAt when a connection without a sign of life counts as dead
 */

const subprotocol = 'carillon.v1';
const connectTimeoutMs = 10_000;
/** A connection that lived this long proves that the server is well: the back-off starts anew. */
const stableMs = 5_000;
const silentHeartbeats = 2.5;
/** How long the server has for a pong after the browser's network has changed. */
const probeMs = 5_000;

const closeCode = Object.freeze({
  normal: 1000,
  shuttingDown: 1001,
  abnormal: 1006,
  tooBig: 1009,
  unauthenticated: 4001,
  forbidden: 4003,
  tooSlow: 4008,
  protocolError: 4009,
});

/**
 * After these, the same attempt would end in the same way.
 * @type {Map<number, {code: string, message: string}>}
 */
const fatalCodes = new Map([
  [closeCode.tooBig, { code: 'too_big', message: 'the server refused a frame for its size' }],
  [closeCode.forbidden, { code: 'forbidden', message: 'the session was ended by an operator' }],
  [closeCode.protocolError, { code: 'protocol_error', message: 'the server saw a protocol error' }],
]);

/** @param {unknown} value @returns {value is number} */
const isPosition = (value) => Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;

/** @param {unknown} value @returns {number | null} */
function toPosition(value) {
  if (typeof value === 'string' && /^\d+$/.test(value)) value = Number(value);
  return isPosition(value) ? value : null;
}

/** A position, maybe with the history of the log that it is of: `7`, `'7'`, `'0123456789abcdef.7'`.
 * @param {unknown} value @returns {{history: string | null, position: number} | null} */
function toPlace(value) {
  const [, history = null, seq = value] = (typeof value === 'string' && /^([A-Za-z0-9]{16,32})\.(\d+)$/.exec(value)) || [];
  const position = toPosition(seq);
  return position === null ? null : { history, position };
}

/** @param {unknown} value @returns {string[]} */
function toTypes(value) {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') throw new TypeError('types is a list of strings');
  const types = [.../** @type {Iterable<string>} */ (value)];
  if (!types.every((type) => typeof type === 'string' && type !== '' && !type.includes(','))) {
    throw new TypeError('types is a list of strings such as "order.*"');
  }
  return types;
}

const maxFilterLength = 8_192;

/** A filter as its JSON text; empty = none. A text is taken as it is, with every digit of its numbers.
 * @param {unknown} value */
function toFilter(value) {
  if (value === undefined || value === null) return '';
  let parsed = value;
  try {
    if (typeof value === 'string') parsed = JSON.parse(value);
  } catch {
    parsed = null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new TypeError('filter is an object such as { "data.total": { $gt: 100 } }, or the JSON of one');
  }
  // A member without a value would disappear, and the filter select more.
  const text = typeof value === 'string' ? value : JSON.stringify(value, (name, x) => {
    if (x === undefined || (typeof x === 'number' && !Number.isFinite(x))) throw new TypeError(`filter: ${name} has no value`);
    return x;
  });
  // Each connection begins with it in its URL.
  if (encodeURIComponent(text).length > maxFilterLength) {
    throw new RangeError(`filter is too long for a URL: it has more than ${maxFilterLength} characters with escapes`);
  }
  return text;
}

/** @param {string | URL} value */
function toSocketUrl(value) {
  const url = new URL(value, globalThis.location?.href);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new SyntaxError(`the URL is of ws: or wss:, not ${url.protocol}`);
  }
  url.hash = '';
  return url;
}

/** @param {string} name @param {unknown} value @param {number} otherwise */
function toMs(name, value, otherwise) {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new TypeError(`${name} is a number of milliseconds`);
  }
  return value;
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/** @returns {CarillonEnvironment} */
const browser = () => ({
  now: () => performance.now(),
  setTimeout: (callback, ms) => globalThis.setTimeout(callback, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
  random: () => Math.random(),
  WebSocket: globalThis.WebSocket,
  network: typeof globalThis.addEventListener === 'function' ? globalThis : undefined,
});

/** What a frame must have, by its op; a frame that is not like this is a protocol error. */
const frameShapes = {
  hello: (/** @type {any} */ x) =>
    isPosition(x.head) && Number.isFinite(x.heartbeatMs) && x.heartbeatMs > 0 && (x.history === undefined || typeof x.history === 'string'),
  event: (/** @type {any} */ x) =>
    isPosition(x.seq) && typeof x.event === 'object' && x.event !== null && (!isReplayed(x) || isPosition(x.replay)),
  subscribed: (/** @type {any} */ x) => Array.isArray(x.types),
  position: (/** @type {any} */ x) => isPosition(x.seq),
  gap: (/** @type {any} */ x) =>
    isPosition(x.from) && isPosition(x.to) && x.from <= x.to &&
    (x.after === undefined || (isPosition(x.after) && typeof x.history === 'string')),
  error: (/** @type {any} */ x) => typeof x.code === 'string',
  pong: () => true,
};

/** @param {any} frame */
const isReplayed = (frame) => frame.replay !== undefined;

const opening = new Set(['hello', 'error']);

/**
 * @param {unknown} text
 * @returns {any} the frame, or null if it is not one of the protocol
 */
function parseFrame(text) {
  if (typeof text !== 'string') return null;
  let frame;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof frame !== 'object' || frame === null || !Object.hasOwn(frameShapes, frame.op)) return null;
  return frameShapes[/** @type {keyof typeof frameShapes} */ (frame.op)](frame) ? frame : null;
}

export class Carillon extends EventTarget {
  /** @type {CarillonEnvironment} */ #environment;
  /** @type {URL} */ #url;
  /** @type {CarillonOptions['token']} */ #token;
  /** @type {CarillonOptions['storage']} */ #storage;
  /** @type {string | undefined} */ #slow;
  /** @type {number} */ #minBackoff;
  /** @type {number} */ #maxBackoff;
  /** @type {string[]} */ #types;
  /** @type {string} */ #filter;

  /** @type {CarillonState} */ #state = 'idle';
  /** @type {number | null} */ #position = null;
  /** Of the position; null if the server never said it. @type {string | null} */ #history = null;
  /** @type {Connection | null} */ #connection = null;
  /** @type {unknown} */ #timer = null;

  /** Drops in a row, none of them after a stable connection. */
  #failures = 0;
  /** Drops in a row with an invitation to come back, none of them after any progress. */
  #invitations = 0;
  #refused = false;
  #restored = false;
  /** @type {number | string | null} */ #saved = null;
  #saving = false;
  #saveFailed = false;

  /** @param {CarillonOptions} options */
  constructor(options) {
    super();
    this.#environment = { ...browser(), ...options.environment };
    this.#url = toSocketUrl(options.url);
    this.#token = options.token;
    this.#storage = options.storage;
    this.#slow = options.slow;
    this.#types = toTypes(options.types);
    this.#filter = toFilter(options.filter);
    this.#minBackoff = toMs('minBackoff', options.minBackoff, 500);
    this.#maxBackoff = toMs('maxBackoff', options.maxBackoff, 30_000);
    const since = toPlace(options.since);
    const isText = typeof options.since === 'string';
    if ((options.since ?? null) !== null && (since === null || (isText && since.history === null))) {
      throw new TypeError('since is a position: an integer, at least 0, or a text with its history');
    }
    this.#position = since?.position ?? null;
    this.#history = since?.history ?? null;
    if (this.#token !== undefined && typeof this.#token !== 'function' && !this.#token) {
      throw new TypeError('token is a string or a function, or left out');
    }
    if (this.#slow !== undefined && this.#slow !== 'catchup') {
      throw new TypeError('slow is "catchup" or left out');
    }
    if (typeof this.#environment.WebSocket !== 'function') {
      throw new TypeError('there is no WebSocket here');
    }
  }

  get state() {
    return this.#state;
  }

  get position() {
    return this.#position;
  }

  get history() {
    return this.#history;
  }

  get types() {
    return [...this.#types];
  }

  get filter() {
    return this.#filter === '' ? null : JSON.parse(this.#filter);
  }

  connect() {
    if (this.#connection !== null) return;
    if (this.#state !== 'waiting') {
      this.#failures = 0;
      this.#invitations = 0;
      this.#refused = false;
      this.#environment.network?.addEventListener('online', this.#networkChanged);
      this.#environment.network?.addEventListener('offline', this.#networkChanged);
    }
    void this.#open();
  }

  close() {
    if (this.#state !== 'closed') this.#end(closeCode.normal, '');
  }

  /** @param {Iterable<string>} types @param {unknown} [filter] */
  subscribe(types, filter) {
    const wanted = toFilter(filter);
    this.#types = toTypes(types);
    this.#filter = wanted;
    if (this.#connection !== null && this.#state === 'live') this.#sendTypes(this.#connection);
  }

  // -- one attempt ------------------------------------------------------------------------------

  async #open() {
    /** @type {Connection} */
    const connection = {
      socket: null,
      asked: '',
      asking: { types: [], filter: '' },
      agreed: null,
      answering: false,
      liveSince: null,
      startedAt: null,
      history: null,
      heartbeatMs: 0,
      silentAt: 0,
    };
    this.#connection = connection;
    // The deadline includes the token and the storage, whose promises may never settle.
    this.#schedule(connectTimeoutMs, () => this.#drop(connection, closeCode.abnormal));
    this.#setState('connecting');
    if (!this.#restored) await this.#restore();
    if (this.#connection !== connection) return;
    let token;
    try {
      token = await this.#askToken();
    } catch (error) {
      if (this.#connection !== connection) return;
      this.#report('token', `no token: ${messageOf(error)}`);
      this.#drop(connection, closeCode.abnormal);
      return;
    }
    if (this.#connection === connection) this.#dial(connection, token);
  }

  async #restore() {
    let stored = null;
    try {
      stored = toPlace(await this.#storage?.get());
    } catch (error) {
      if (this.#connection !== null) this.#report('storage', `no stored position: ${messageOf(error)}`);
    }
    if (this.#restored) return;
    this.#restored = true;
    if (stored === null) return;
    this.#position = stored.position;
    this.#history = stored.history;
    this.#saved = this.#place();
  }

  /** @returns {Promise<string | undefined>} */
  async #askToken() {
    if (typeof this.#token !== 'function') return this.#token;
    const token = await this.#token({ refused: this.#refused });
    if (typeof token !== 'string' || token === '') throw new TypeError('the function returned none');
    return token;
  }

  /** @param {Connection} connection @param {string | undefined} token */
  #dial(connection, token) {
    this.#ask(connection);
    let socket;
    try {
      const protocols = token === undefined ? [subprotocol] : [subprotocol, token];
      socket = new this.#environment.WebSocket(this.#address(), protocols);
    } catch {
      // The browser's text would show the token.
      this.#fail(connection, 'invalid', 'URL or token cannot be used for a WebSocket', closeCode.normal);
      return;
    }
    connection.socket = socket;
    socket.onopen = () => {
      if (socket.protocol !== subprotocol) this.#violated(connection, `no ${subprotocol} spoken there`);
    };
    socket.onmessage = (/** @type {{data: unknown}} */ message) => this.#receive(connection, message.data);
    // A close always follows. Stays for good: npm's ws ends the process if nobody listens.
    socket.onerror = () => {};
    socket.onclose = (/** @type {{code: number, reason: string}} */ close) => {
      connection.socket = null;
      this.#closed(connection, close.code, close.reason ?? '');
    };
  }

  /** The URL with what the server needs to know, and with the query that it had. */
  #address() {
    const url = new URL(this.#url);
    const query = url.search === '' ? [] : [url.search.slice(1)];
    if (this.#types.length > 0) query.push(`types=${this.#types.map(encodeURIComponent).join(',')}`);
    if (this.#filter !== '') query.push(`filter=${encodeURIComponent(this.#filter)}`);
    if (this.#position !== null) query.push(`since=${this.#place()}`);
    if (this.#slow !== undefined) query.push(`slow=${this.#slow}`);
    url.search = query.join('&');
    return url.href;
  }

  // -- what comes in ----------------------------------------------------------------------------

  /** @param {Connection} connection @param {unknown} data */
  #receive(connection, data) {
    if (this.#connection !== connection) return;
    const frame = parseFrame(data);
    // Hello comes first and once; only an error may come in its place.
    const inPlace = connection.liveSince === null ? opening.has(frame?.op) : frame?.op !== 'hello';
    if (frame === null || !inPlace) {
      this.#violated(connection, 'the server sent what this client does not understand');
      return;
    }
    connection.silentAt = this.#environment.now() + silentHeartbeats * connection.heartbeatMs;
    if (frame.op === 'hello') this.#welcome(connection, frame);
    // Whoever parted from the history of the server is told right after hello.
    else if (frame.op === 'gap' && frame.after !== undefined) this.#part(frame);
    else this.#enter(connection);
    if (frame.op === 'position' && this.#moveTo(frame.seq)) this.#save();
    if (frame.op === 'event' && isReplayed(frame)) {
      // Of the past, and asked for by an operator: it moves nothing.
      this.#dispatch('replay', { seq: frame.seq, replay: frame.replay, event: frame.event });
    } else if (frame.op === 'event' && this.#moveTo(frame.seq)) {
      this.#dispatch('event', { seq: frame.seq, event: frame.event });
      // Only now: a page that goes away during the dispatch gets this event again.
      this.#save();
    }
    if (frame.op === 'gap' && frame.after === undefined && this.#moveTo(frame.to)) {
      this.#dispatch('gap', { from: frame.from, to: frame.to });
      this.#save();
    }
    if (frame.op === 'error' && frame.code === 'invalid_argument') this.#takeBack(connection);
    if (frame.op === 'error') this.#report(frame.code, String(frame.message ?? ''));
    if (frame.op === 'subscribed') connection.agreed = connection.asking;
    if (frame.op === 'subscribed') this.#dispatch('subscribed', { types: frame.types, filter: frame.filter ?? null });
    // An error may be the answer to a subscribe, too.
    if (frame.op === 'subscribed' || frame.op === 'error') {
      connection.answering = false;
      if (this.#connection === connection && connection.liveSince !== null) this.#sendTypes(connection);
    }
  }

  /** @param {Connection} connection @param {any} hello */
  #welcome(connection, hello) {
    connection.history = hello.history ?? null;
    const known = this.#history === null || this.#history === connection.history;
    const ahead = known && this.#position !== null && this.#position > hello.head;
    connection.liveSince = this.#environment.now();
    connection.agreed = connection.asking;
    if (known || this.#position === null) this.#enter(connection);
    connection.heartbeatMs = hello.heartbeatMs;
    connection.silentAt = connection.liveSince + silentHeartbeats * hello.heartbeatMs;
    this.#refused = false;
    // Without a position, a drop before the first event would lose what comes meanwhile.
    if (this.#position === null && this.#moveTo(hello.head)) this.#save();
    connection.startedAt = this.#position;
    this.#watch(connection);
    this.#setState('live');
    if (this.#connection === connection) this.#dispatch('hello', hello);
    if (ahead && this.#connection === connection) {
      this.#report('position_ahead', `the log ends at ${hello.head}, before our position ${this.#position}`);
    }
    if (this.#connection === connection) this.#sendTypes(connection);
  }

  /** Types and filter, as members of JSON. */
  #wanted() {
    return `"types":${JSON.stringify(this.#types)}${this.#filter === '' ? '' : `,"filter":${this.#filter}`}`;
  }

  /** @param {Connection} connection */
  #ask(connection) {
    connection.asked = this.#wanted();
    connection.asking = { types: this.#types, filter: this.#filter };
  }

  /** What the server refused is not asked for again: the next connection would begin, and end, with it.
   * @param {Connection} connection */
  #takeBack(connection) {
    if (!connection.answering || connection.agreed === null || this.#wanted() !== connection.asked) return;
    this.#types = connection.agreed.types;
    this.#filter = connection.agreed.filter;
    this.#ask(connection);
  }

  /** At most one subscribe is under way: however often types change, only the last ones wait. */
  #sendTypes(/** @type {Connection} */ connection) {
    const wanted = this.#wanted();
    if (connection.answering || connection.asked === wanted) return;
    this.#ask(connection);
    connection.answering = true;
    connection.socket?.send(`{"op":"subscribe",${wanted}}`);
  }

  /** @param {Connection} connection */
  #watch(connection) {
    const left = connection.silentAt - this.#environment.now();
    if (left <= 0) this.#drop(connection, closeCode.abnormal);
    else this.#schedule(left, () => this.#watch(connection));
  }

  #networkChanged = () => {
    const connection = this.#connection;
    if (this.#state === 'waiting') {
      this.#failures = 0;
      void this.#open();
    } else if (this.#state === 'live' && connection !== null) {
      // The socket may belong to a network that is gone, and would not notice for long.
      connection.socket?.send('{"op":"ping"}');
      connection.silentAt = Math.min(connection.silentAt, this.#environment.now() + probeMs);
      this.#watch(connection);
    }
  };

  // -- position ---------------------------------------------------------------------------------

  /** The position as the server takes it and the storage keeps it. @returns {number | string} */
  #place() {
    const position = /** @type {number} */ (this.#position);
    return this.#history === null ? position : `${this.#history}.${position}`;
  }

  /** The position is good in the history of the server, too. @param {Connection} connection */
  #enter(connection) {
    if (connection.liveSince !== null && connection.history !== null) this.#history = connection.history;
  }

  /** The server's log has other events behind `after` than those that were seen. @param {any} gap */
  #part(gap) {
    this.#history = gap.history;
    this.#position = gap.after;
    this.#dispatch('gap', { from: gap.from, to: gap.to, history: gap.history });
    this.#save();
  }

  /** @param {number} position @returns {boolean} whether that is news */
  #moveTo(position) {
    if (this.#position !== null && position <= this.#position) return false;
    this.#position = position;
    return true;
  }

  /** One write at a time; what moves meanwhile is written after it, once. */
  #save() {
    const place = this.#place();
    if (this.#storage === undefined || this.#saving || place === this.#saved) return;
    this.#saved = place;
    try {
      const written = /** @type {any} */ (this.#storage.set(place));
      if (typeof written?.then !== 'function') {
        this.#saveFailed = false;
        return;
      }
      this.#saving = true;
      const after = (/** @type {boolean} */ failed, /** @type {unknown} */ error) => {
        this.#saving = false;
        this.#noteSave(failed, error);
        this.#save();
      };
      written.then(() => after(false, null), (/** @type {unknown} */ error) => after(true, error));
    } catch (error) {
      this.#noteSave(true, error);
    }
  }

  /** Tells the first failure of a row only: a full storage fails with every event. */
  #noteSave(/** @type {boolean} */ failed, /** @type {unknown} */ error) {
    const news = failed && !this.#saveFailed;
    this.#saveFailed = failed;
    if (news && this.#state !== 'closed') this.#report('storage', `position not stored: ${messageOf(error)}`);
  }

  // -- how it ends ------------------------------------------------------------------------------

  /** @param {Connection} connection @param {number} code @param {string} reason */
  #closed(connection, code, reason) {
    if (this.#connection !== connection) return;
    const fatal = fatalCodes.get(code);
    if (fatal !== undefined) {
      this.#fail(connection, fatal.code, fatal.message, code);
    } else if (code === closeCode.unauthenticated && (this.#refused || typeof this.#token !== 'function')) {
      this.#fail(connection, 'unauthenticated', 'the server does not accept the token', code);
    } else {
      if (code === closeCode.unauthenticated) this.#refused = true;
      this.#drop(connection, code, reason);
    }
  }

  /** Ends this attempt and waits for the next one. */
  #drop(/** @type {Connection} */ connection, /** @type {number} */ code, reason = '') {
    if (this.#connection !== connection) return;
    this.#release(closeCode.normal, '');
    const retryInMs = this.#pause(connection, code);
    if (code === closeCode.shuttingDown) {
      // Everything up to there was sent before the close frame. After 4008 that is not so sure: what
      // was too slow is cut off, and what came before counts, which is our own position.
      const resume = toPosition(/^position=(\d+)$/.exec(reason)?.[1]);
      if (resume !== null) this.#enter(connection);
      if (resume !== null && this.#moveTo(resume)) this.#save();
    }
    this.#schedule(retryInMs, () => void this.#open());
    this.#setState('waiting', { closeCode: code, retryInMs });
  }

  /**
   * How long to wait, in milliseconds: "full jitter", so that clients that were dropped together do
   * not come back together.
   * @param {Connection} connection @param {number} code
   */
  #pause(connection, code) {
    const live = connection.liveSince !== null;
    const stable = live && this.#environment.now() - Number(connection.liveSince) >= stableMs;
    if (stable) this.#failures = 0;
    let doublings;
    if (code === closeCode.shuttingDown || code === closeCode.tooSlow) {
      // Usually at once, but not for ever if nothing ever comes of it.
      const progress = stable || (live && this.#position !== connection.startedAt);
      this.#invitations = progress ? 0 : this.#invitations + 1;
      doublings = Math.max(0, this.#invitations - 1);
    } else {
      this.#invitations = 0;
      doublings = this.#failures++;
    }
    const limit = Math.min(this.#maxBackoff, this.#minBackoff * 2 ** Math.min(doublings, 32));
    return this.#environment.random() * limit;
  }

  /** @param {Connection} connection @param {string} message */
  #violated(connection, message) {
    this.#fail(connection, 'protocol_error', message, closeCode.protocolError);
  }

  /**
   * Ends it for good, and says why. A listener may call connect() again.
   * @param {Connection} connection @param {string} code @param {string} message
   * @param {number} close the code that the socket was closed with, or is to be closed with
   */
  #fail(connection, code, message, close) {
    if (this.#connection !== connection) return;
    this.#end(close, message);
    this.#report(code, message, true);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    this.#release(code, reason);
    this.#environment.network?.removeEventListener('online', this.#networkChanged);
    this.#environment.network?.removeEventListener('offline', this.#networkChanged);
    this.#setState('closed', code === closeCode.normal ? {} : { closeCode: code });
  }

  /** Lets go of socket and timer; the socket may take long to close, or never manage to. */
  #release(/** @type {number} */ code, /** @type {string} */ reason) {
    this.#environment.clearTimeout(this.#timer);
    this.#timer = null;
    const socket = this.#connection?.socket;
    this.#connection = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code, reason);
    }
  }

  /** @param {number} ms @param {() => void} callback */
  #schedule(ms, callback) {
    this.#environment.clearTimeout(this.#timer);
    this.#timer = this.#environment.setTimeout(callback, ms);
  }

  // -- what goes out ----------------------------------------------------------------------------

  /** @param {CarillonState} state @param {object} more */
  #setState(state, more = {}) {
    const previous = this.#state;
    this.#state = state;
    this.#dispatch('state', { state, previous, ...more });
  }

  /** @param {string} code @param {string} message @param {boolean} fatal */
  #report(code, message, fatal = false) {
    this.#dispatch('error', { code, message, fatal });
  }

  /** @param {string} name @param {unknown} detail */
  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
