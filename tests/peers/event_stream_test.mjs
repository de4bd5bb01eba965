// Server-Sent Events by the rules of https://html.spec.whatwg.org/multipage/server-sent-events.html,
// section 9.2: events whose JSON holds what ends a line there.
import assert from 'node:assert/strict';
import { describe, test, before, after } from 'node:test';
import { eventually, publish, requireInstalled, startNode } from './node_fixture.mjs';

const { EventSource } = requireInstalled('eventsource');
const { createParser } = requireInstalled('eventsource-parser');

/** Section 9.2.6, as it is written: lines end by CR LF, LF or CR; one blank goes after the colon. */
class StreamReader {
  constructor() {
    this.messages = [];
    this.retry = undefined;
    this.lastEventId = '';
    this.#reset();
  }

  #reset() {
    this.data = '';
    this.type = '';
  }

  /** Takes a whole stream. */
  read(text) {
    const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
    // What has no end of line yet is no line.
    lines.pop();
    for (const line of lines) this.#line(line);
    return this;
  }

  #line(line) {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/su.exec(line);
    if (name === 'event') this.type = value ?? '';
    else if (name === 'data') this.data += `${value ?? ''}\n`;
    else if (name === 'id' && !(value ?? '').includes('\0')) this.id = value ?? '';
    else if (name === 'retry' && /^\d+$/.test(value ?? '')) this.retry = Number(value);
  }

  #dispatch() {
    this.lastEventId = this.id ?? this.lastEventId;
    if (this.data !== '')
      this.messages.push({ id: this.lastEventId, type: this.type || 'message', data: this.data.replace(/\n$/, '') });
    this.#reset();
  }
}

/** The position in an id, `<history>.<seq>`. */
const seqOf = (id) => Number(/^[0-9a-z]{16}\.(\d+)$/.exec(id)?.[1]);

const login = (data, more = '') =>
  `{"type":"user.login","userId":"u-1","companyId":"c-1",${more}"data":${data}}`;

// Kept byte for byte by the node; all of them mean the same by RFC 8259 as without the white space.
const difficult = {
  'a newline between members': login('{\n  "ip": "::1",\n  "userAgent": "x"\n}'),
  'a carriage return between members': login('{\r"ip":"::1",\r"userAgent":"x"\r}'),
  'both, as Windows writes them': login('{\r\n"ip":"::1",\r\n"userAgent":"x"\r\n}'),
  'an empty line, which ends a message': login('{\n\n"ip":"::1"\n\n,\r\n\r\n"userAgent":"x"\r\r}'),
  'a line that looks like a field': login('{"ip":"::1","userAgent":\n"id: 99"}'),
  'newlines in metadata': login('{"ip":"::1","userAgent":"x"}', '"metadata":{\n"shop":\r"x"\n\n},'),
  'escaped newlines in a text': login('{"ip":"::1","userAgent":"a\\nb\\r\\n\\n"}'),
  'line separators of Unicode': login('{"ip":"::1","userAgent":"a\u2028b\u2029c\u0085d"}'),
  'a text with colons and blanks': login('{"ip":"::1","userAgent":" : :x"}'),
  'plain': login('{"ip":"::1","userAgent":"x"}'),
};

describe('Server-Sent Events', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  let node;
  let url;
  const sent = [];

  before(async () => {
    node = await startNode(suite);
    url = `${node.data}/api/events/stream?user=u-1&company=c-1`;
    for (const [name, text] of Object.entries(difficult)) {
      const { seq } = await publish(node, text);
      const { data } = JSON.parse(text);
      sent.push({ name, seq, data });
    }
  });
  after(async () => {
    for (const x of ending) await x();
  });

  /** Each event whole, once, in order, with its position as the id. */
  function check(messages) {
    const events = messages.filter((x) => x.type === 'message');
    for (const [i, x] of sent.entries()) {
      assert.ok(events[i], `${x.name}: the event is lost`);
      assert.equal(seqOf(events[i].id), x.seq, x.name);
      const event = JSON.parse(events[i].data);
      assert.equal(event.seq, x.seq, x.name);
      assert.deepEqual(event.data, x.data, x.name);
    }
    assert.equal(events.length, sent.length);
  }

  /** The stream's text, until it holds the last event or a minute has gone. */
  async function streamed(address, headers = {}) {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), 60_000);
    const answer = await fetch(address, { headers, signal: end.signal });
    assert.equal(answer.status, 200);
    let text = '';
    const decoder = new TextDecoder();
    const whole = new RegExp(`^id: ?${sent.at(-1).seq}$.*?\\n\\n`, 'ms');
    try {
      for await (const piece of answer.body) {
        text += decoder.decode(piece, { stream: true });
        // Its end is the first empty line after it.
        if (whole.test(text)) break;
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
    clearTimeout(timer);
    end.abort();
    return text;
  }

  test('read as the specification says, all is there that was published', async () => {
    check(new StreamReader().read(await streamed(`${url}&since=0`)).messages);
  });

  test("read by eventsource-parser, cut at every byte", async () => {
    const text = await streamed(`${url}&since=0`);
    const messages = [];
    const parser = createParser({
      onEvent: (x) => messages.push({ id: x.id, type: x.event ?? 'message', data: x.data }),
      onError: (error) => {
        throw error;
      },
    });
    for (const piece of text) parser.feed(piece);
    check(messages);
  });

  test('read by eventsource, live and behind', async () => {
    const source = new EventSource(`${url}&since=0`);
    try {
      const messages = [];
      source.addEventListener('message', (x) => messages.push({ id: x.lastEventId, type: x.type, data: x.data }));
      await eventually(() => messages.length >= sent.length, 'all events of the log');
      check(messages);
      const { seq } = await publish(node, difficult['an empty line, which ends a message']);
      const live = await eventually(() => messages.find((x) => seqOf(x.id) === seq), 'the live event');
      assert.deepEqual(JSON.parse(live.data).data, { ip: '::1', userAgent: 'x' });
      assert.equal(messages.length, sent.length + 1);
    } finally {
      source.close();
    }
  });

  test('a browser resumes by the id of what it read last', async () => {
    const begin = sent[4].seq;
    const text = await streamed(url, { 'Last-Event-ID': String(begin) });
    const events = new StreamReader().read(text).messages.filter((x) => x.type === 'message');
    assert.equal(seqOf(events[0].id), sent[5].seq);
    // With the history of the log, and as earlier nodes said it.
    const again = new StreamReader().read(await streamed(url, { 'Last-Event-ID': events[0].id })).messages;
    assert.equal(seqOf(again.find((x) => x.type === 'message').id), sent[6].seq);
  });

  test('the stream says how long to wait before coming back', async () => {
    assert.ok(new StreamReader().read(await streamed(`${url}&since=0`)).retry > 0);
  });

  // Sent once more and for ever, an EventSource would fill the node's log of refusals.
  test('a position that this log never had is refused, not streamed', async () => {
    const answer = await fetch(url, { headers: { 'Last-Event-ID': '4711' } });
    assert.ok([204, 400].includes(answer.status), `answered ${answer.status}`);
    await answer.body?.cancel();
  });
});
