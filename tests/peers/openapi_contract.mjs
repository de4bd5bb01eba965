// docs/openapi.yaml as a judge of answers and a source of requests.
import assert from 'node:assert/strict';
import { requireInstalled, sourceFile } from './node_fixture.mjs';

const SwaggerParser = requireInstalled('@apidevtools/swagger-parser');
const Ajv = requireInstalled('ajv').default;
const addFormats = requireInstalled('ajv-formats').default;

const methods = ['get', 'put', 'post', 'patch', 'delete'];
const mediaTypeOf = (answer) => (answer.headers.get('content-type') ?? '').split(';')[0];
const isJson = (mediaType) => mediaType === 'application/json' || mediaType.endsWith('+json');

/** The document with all references resolved; operations by their `operationId`. */
export class Contract {
  #ajv = new Ajv({ strict: false, allErrors: true });
  #validators = new Map();
  /** Statuses that were answered, by operation. */
  answered = new Map();

  static async load(node) {
    const document = await SwaggerParser.dereference(sourceFile('docs/openapi.yaml'));
    return new Contract(document, node);
  }

  constructor(document, node) {
    addFormats(this.#ajv);
    this.node = node;
    this.operations = new Map();
    for (const [path, item] of Object.entries(document.paths))
      for (const method of methods.filter((x) => item[x])) {
        const x = item[method];
        const port = x.tags.includes('admin') ? 'admin' : 'data';
        const parameters = [...(item.parameters ?? []), ...(x.parameters ?? [])];
        this.operations.set(x.operationId, { ...x, path, method: method.toUpperCase(), port, parameters });
      }
  }

  /** Why the value does not satisfy the schema; empty if it does. */
  faults(schema, value) {
    if (!this.#validators.has(schema)) this.#validators.set(schema, this.#ajv.compile(schema));
    const validate = this.#validators.get(schema);
    return validate(value) ? '' : this.#ajv.errorsText(validate.errors);
  }

  /** Where the value has members of which the schema says nothing. */
  undescribed(schema, value, where = '') {
    if (Array.isArray(value)) {
      const items = this.#parts(schema, value).find((x) => x.items)?.items;
      return items ? value.flatMap((x, i) => this.undescribed(items, x, `${where}[${i}]`)) : [];
    }
    if (value === null || typeof value !== 'object') return [];
    const parts = this.#parts(schema, value);
    const properties = Object.assign({}, ...parts.map((x) => x.properties));
    const free = parts.find((x) => x.additionalProperties)?.additionalProperties;
    return Object.entries(value).flatMap(([name, x]) => {
      const below = `${where}.${name}`;
      if (properties[name]) return this.undescribed(properties[name], x, below);
      return free ? this.undescribed(free === true ? { additionalProperties: true } : free, x, below) : [below];
    });
  }

  /** The schema, what it consists of, and of its alternatives those that the value satisfies. */
  #parts(schema, value) {
    const either = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter((x) => this.faults(x, value) === '');
    return [schema, ...[...(schema.allOf ?? []), ...either].flatMap((x) => this.#parts(x, value))];
  }

  operation(id) {
    const out = this.operations.get(id);
    assert.ok(out, `${id} is not in the document`);
    return out;
  }

  /**
   * Makes a call and checks its answer against the document.
   * @param {{path?: object, query?: object, body?: any, text?: string, mediaType?: string, port?: string,
   *   headers?: object}} [request]
   * `text` is sent instead of `body` as it is
   * @returns {Promise<{status: number, body: any, headers: Headers}>}
   */
  async call(id, request = {}) {
    const x = this.operation(id);
    const path = x.path.replace(/\{(\w+)\}/g, (_, name) => {
      assert.ok(request.path?.[name] !== undefined, `${id} needs ${name}`);
      return encodeURIComponent(request.path[name]);
    });
    const query = new URLSearchParams(request.query ?? {}).toString();
    const body = request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    const answer = await fetch(`${this.node[request.port ?? x.port]}${path}${query && `?${query}`}`, {
      method: x.method,
      body,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': request.mediaType ?? 'application/json' }),
        ...request.headers,
      },
    });
    const what = `${x.method} ${path}${query && `?${query}`} ${(body ?? '').slice(0, 2000)}`;
    return this.#check(x, answer, what);
  }

  async #check(x, answer, what) {
    const statuses = this.answered.get(x.operationId) ?? new Set();
    this.answered.set(x.operationId, statuses.add(answer.status));
    const text = await answer.text();
    const where = `${what}\nwas answered ${answer.status} ${text.slice(0, 2000)}`;
    const described = x.responses[answer.status] ?? x.responses.default;
    assert.ok(described, `the document does not know this status: ${where}`);
    // `default` is for refusals: what went well is described by its own status.
    assert.ok(answer.status >= 400 || x.responses[answer.status], `the document says no ${answer.status}: ${where}`);
    for (const [name, { required, schema }] of Object.entries(described.headers ?? {})) {
      const value = answer.headers.get(name);
      assert.ok(value !== null || !required, `${name} is missing: ${where}`);
      if (value !== null) assert.equal(this.faults(schema, schema.type === 'integer' ? Number(value) : value), '', where);
    }
    for (const [status, name] of [[401, 'WWW-Authenticate'], [405, 'Allow'], [429, 'Retry-After'], [503, 'Retry-After']])
      assert.ok(answer.status !== status || answer.headers.get(name), `${name} is missing: ${where}`);
    if (!described.content) {
      assert.equal(text, '', where);
      return { status: answer.status, body: undefined, headers: answer.headers };
    }
    const mediaType = mediaTypeOf(answer);
    const media = described.content[mediaType];
    assert.ok(media, `the document says no ${mediaType}: ${where}`);
    const body = isJson(mediaType) ? JSON.parse(text) : text;
    assert.equal(this.faults(media.schema, body), '', where);
    if (isJson(mediaType))
      assert.deepEqual(this.undescribed(media.schema, body), [], `the document says nothing of members: ${where}`);
    if (mediaType === 'application/problem+json') {
      assert.equal(body.status, answer.status, where);
      assert.equal(body.type, `urn:carillon:problem:${body.code}`, where);
      assert.ok(body.detail, `a refusal says what was wrong: ${where}`);
    }
    return { status: answer.status, body, headers: answer.headers };
  }
}

/** Random choices that a seed repeats. */
export class Random {
  #state;
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `end`. Mulberry32. */
  below(end) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % end;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(percent) {
    return this.below(100) < percent;
  }
}

const texts = [
  'order.created', 'user.login', 'shop.visited', 'a.b', '*', 'order.*', 'order.*,user.login', 'o-1001', '7', '-1', 'x', '',
  'c-1', 'handlers', 'deliveries,handlers', 'email', 'zoë', '注文', '😀', 'true', 'hmac', 'admin', 'a b', 'audit', '2026-02-03', '2026-02-03T04:05:06Z',
  '2026-02-03T04:05:06.789+01:00', '2026-13-03', 'anna@example.org', 'not an address', 'https://receiver.example/hook',
  'ftp://receiver.example', 'Order.Created', 'order..created', 'UPPER', '\u0007', 'a\nb', '%', '3-42', '3-42-7',
  `1:${'a'.repeat(64)}`, 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(513), 'x'.repeat(3000),
];

/** Values that satisfy a schema, and values that break it in one place. */
export class Generator {
  constructor(contract, random) {
    this.contract = contract;
    this.random = random;
  }

  fits(schema, value) {
    return this.contract.faults(schema, value) === '';
  }

  /** A value that satisfies the schema. */
  valid(schema) {
    for (let i = 0; i < 100; ++i) {
      const out = this.#draft(schema);
      if (this.fits(schema, out)) return out;
    }
    throw new Error(`nothing was found that satisfies ${JSON.stringify(schema)}`);
  }

  /** A value that does not; undefined if nearly everything does. */
  invalid(schema) {
    for (let i = 0; i < 100; ++i) {
      const out = this.#broken(schema, this.valid(schema));
      if (out !== undefined && !this.fits(schema, out)) return out;
    }
    return undefined;
  }

  #draft(schema) {
    const { random } = this;
    if (schema.nullable && random.chance(10)) return null;
    if (schema.enum) return random.pick(schema.enum);
    // What an example says is more than the keywords do.
    if (schema.example !== undefined) return structuredClone(schema.example);
    const either = schema.oneOf ?? schema.anyOf;
    if (either && !schema.properties) return this.#draft(random.pick(either));
    switch (schema.type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return Array.from({ length: (schema.minItems ?? 0) + random.below(3) }, () => this.#draft(schema.items));
      case 'boolean':
        return random.chance(50);
      case 'integer':
      case 'number':
        return this.#number(schema);
      default:
        return random.pick(texts.filter((x) => this.fits(schema, x)));
    }
  }

  #object(schema) {
    const out = {};
    const named = Object.entries(schema.properties ?? {});
    for (const [name, x] of named)
      if (schema.required?.includes(name) || this.random.chance(35)) out[name] = this.#draft(x);
    const more = schema.additionalProperties;
    if (more && this.random.chance(40)) {
      const free = { n: 1, deep: { list: [null, 'é', 1e3] } };
      if (more === true) Object.assign(out, named.length > 0 ? {} : free);
      else out['x-shop'] = this.#draft(more);
    }
    return out;
  }

  #number({ type, minimum = 0, maximum = 1_000_000 }) {
    const some = [minimum, Math.min(minimum + 1, maximum), Math.floor((minimum + maximum) / 2), maximum];
    return type === 'integer' ? this.random.pick(some) : this.random.pick([...some, minimum + (maximum - minimum) / 3]);
  }

  /** A value of another type, or one out of bounds. */
  #wrong(schema) {
    const { random } = this;
    const bounds = [];
    if (schema.minimum !== undefined) bounds.push(schema.minimum - 1);
    if (schema.maximum !== undefined) bounds.push(schema.maximum + 1);
    return random.pick([
      ...bounds, ...bounds, random.pick(texts), random.pick(texts), random.below(1000), 1.5, -7, true, [], ['x'], {}, { x: 1 },
    ]);
  }

  #broken(schema, value) {
    const { random } = this;
    if (Array.isArray(value) && value.length > 0 && random.chance(80)) {
      const at = random.below(value.length);
      const items = schema.items ?? schema.oneOf?.find((x) => x.items)?.items;
      if (items) return value.map((x, i) => (i === at ? this.#broken(items, x) : x));
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return this.#wrong(schema);
    const all = { ...schema.oneOf?.find((x) => x.properties)?.properties, ...schema.properties };
    const roll = random.below(100);
    if (roll < 15) return { ...value, unheardOf: 1 };
    if (roll < 25) return this.#wrong({});
    const name = random.pick(Object.keys(all).length > 0 ? Object.keys(all) : ['x']);
    if (roll < 40) {
      const { [name]: gone, ...rest } = value;
      return rest;
    }
    const inner = all[name] ?? {};
    return { ...value, [name]: random.chance(50) && value[name] ? this.#broken(inner, value[name]) : this.#wrong(inner) };
  }
}
