/** One message of an event stream (HTML Standard, "Server-sent events"). */
export interface StreamMessage {
  event: string;
  data: string;
  /** The last `id` so far. */
  id: string;
}

/** Splits a stream of Server-Sent Events into messages. A message larger than `maxChars` is an error. */
export class StreamParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #size = 0;
  #id = '';
  /** The pause that the server asks for before a reconnect, in milliseconds. */
  retryMs: number | undefined;
  readonly #maxChars: number;

  constructor(maxChars = 4 * 1024 * 1024) {
    this.#maxChars = maxChars;
  }

  push(text: string): StreamMessage[] {
    const messages: StreamMessage[] = [];
    const joined = this.#rest + text;
    // A carriage return at the end may be half of a line break.
    const end = joined.endsWith('\r') ? joined.length - 1 : joined.length;
    const lines = joined.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + joined.slice(end);
    for (const line of lines) this.#line(line, messages);
    if (this.#rest.length + this.#size > this.#maxChars) throw new RangeError(`a message of the stream is longer than ${this.#maxChars} characters`);
    return messages;
  }

  #line(line: string, messages: StreamMessage[]): void {
    if (line === '') {
      // A heartbeat is an id without data, which the caller wants to know as well.
      messages.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id });
      this.#event = '';
      this.#data = [];
      this.#size = 0;
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }
}
