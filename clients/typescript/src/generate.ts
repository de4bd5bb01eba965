/**
 * TypeScript from the JSON Schemas of event types, as `GET /api/events/types` on the admin port lists
 * them. Used by the package's own catalogue and by the command `carillon-types`.
 */

export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** An element of `types` in the answer of `GET /api/events/types`. */
export interface ListedType {
  type: string;
  audience: string;
  /** Part of the node's binary. */
  described: boolean;
  /** By `PUT /api/events/types/{type}`. */
  registered: boolean;
  schema: JsonSchema;
  /** That of the description, if `schema` extends it. */
  describedSchema?: JsonSchema;
}

/** The package's own catalogue: the types that the binary describes. */
export function catalogueModule(types: readonly ListedType[]): string {
  const described = types.filter((type) => type.described).sort(byName);
  return [
    '// Made from the catalogue of a node by `npm run catalogue`. Do not edit.',
    '',
    '/** `data` of each event type that every node knows. */',
    'export interface BuiltInEvents {',
    ...described.map((type) => member(type.type, type.describedSchema ?? type.schema, type.audience)),
    '}',
    '',
  ].join('\n');
}

/**
 * Types that applications registered, and members that they added to types of the catalogue, for the
 * package to know: a module to be included in the compilation.
 */
export function augmentation(types: readonly ListedType[]): string {
  const own = types.filter((type) => type.registered && !type.described).sort(byName);
  const extended = types.filter((type) => type.registered && type.described).sort(byName);
  const block = (name: string, members: readonly ListedType[]): string[] =>
    members.length === 0 ? [] : [`  interface ${name} {`, ...members.map((type) => indent(member(type.type, type.schema, type.audience))), '  }'];
  return [
    "// Made by `carillon types --typescript`, or `npx carillon-types`. Make it anew when types change.",
    "import 'carillon';",
    '',
    "declare module 'carillon' {",
    ...block('EventCatalogue', own),
    ...block('EventExtensions', extended),
    '}',
    '',
  ].join('\n');
}

function byName(left: ListedType, right: ListedType): number {
  return left.type < right.type ? -1 : left.type > right.type ? 1 : 0;
}

function member(name: string, schema: JsonSchema, audience: string): string {
  return `  /** Audience: ${audience}. */\n  '${name}': ${indent(typeOf(schema, schema), 1).trimStart()};`;
}

function indent(text: string, levels = 1): string {
  return text
    .split('\n')
    .map((line) => '  '.repeat(levels) + line)
    .join('\n');
}

/** The type of the values that satisfy a schema, as far as TypeScript can say it; never narrower than the schema. */
export function typeOf(schema: JsonSchema, root: JsonSchema = schema, depth = 0): string {
  if (typeof schema === 'boolean' || depth > 32) return schema === false ? 'never' : 'unknown';
  const parts: string[] = [];
  if (typeof schema.$ref === 'string') parts.push(referenced(schema.$ref, root, depth));
  if ('const' in schema) parts.push(literal(schema.const));
  else if (Array.isArray(schema.enum)) parts.push(union(schema.enum.map(literal)));
  else {
    const own = ownType(schema, root, depth);
    if (own !== undefined) parts.push(own);
  }
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const choices = schema[keyword];
    if (Array.isArray(choices)) parts.push(union(choices.map((choice: JsonSchema) => typeOf(choice, root, depth + 1))));
  }
  if (Array.isArray(schema.allOf)) parts.push(...schema.allOf.map((part: JsonSchema) => typeOf(part, root, depth + 1)));
  const known = [...new Set(parts)].filter((part) => part !== 'unknown');
  if (known.length === 0) return 'unknown';
  return known.length === 1 ? String(known[0]) : known.map(grouped).join(' & ');
}

function ownType(schema: Exclude<JsonSchema, boolean>, root: JsonSchema, depth: number): string | undefined {
  const named = schema.type;
  if (Array.isArray(named)) return union(named.map((name: unknown) => ofName(String(name), schema, root, depth)));
  if (typeof named === 'string') return ofName(named, schema, root, depth);
  return 'properties' in schema || 'required' in schema ? ofName('object', schema, root, depth) : undefined;
}

function ofName(name: string, schema: Exclude<JsonSchema, boolean>, root: JsonSchema, depth: number): string {
  switch (name) {
    case 'string':
    case 'boolean':
    case 'null':
      return name;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return arrayType(schema, root, depth);
    case 'object':
      return objectType(schema, root, depth);
    default:
      return 'unknown';
  }
}

function arrayType(schema: Exclude<JsonSchema, boolean>, root: JsonSchema, depth: number): string {
  // A tuple may be shorter than its prefix, and its rest may be anything: an array says as much as needed.
  if (Array.isArray(schema.prefixItems) || Array.isArray(schema.items)) return 'unknown[]';
  const items = schema.items as JsonSchema | undefined;
  return `${grouped(items === undefined ? 'unknown' : typeOf(items, root, depth + 1))}[]`;
}

function objectType(schema: Exclude<JsonSchema, boolean>, root: JsonSchema, depth: number): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
  const names = new Set(properties.map(([name]) => name));
  const members = [
    ...properties.map(([name, value]) => `  ${key(name)}${required.has(name) ? '' : '?'}: ${indent(typeOf(value, root, depth + 1)).trimStart()};`),
    ...[...required].filter((name) => !names.has(name)).map((name) => `  ${key(name)}: unknown;`),
  ];
  const more = schema.additionalProperties as JsonSchema | undefined;
  const open = more !== false || 'patternProperties' in schema;
  if (members.length === 0) {
    const values = typeof more === 'object' && !('patternProperties' in schema) ? typeOf(more, root, depth + 1) : 'unknown';
    return open ? `{ [name: string]: ${values} }` : '{ [name: string]: never }';
  }
  // Beside named members an index of `unknown` is right for any value that the schema allows.
  return ['{', ...members, ...(open ? ['  [name: string]: unknown;'] : []), '}'].join('\n');
}

function referenced(reference: string, root: JsonSchema, depth: number): string {
  let target: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/').filter((part) => part !== '')) {
    const name = decodeURIComponent(step).replace(/~1/g, '/').replace(/~0/g, '~');
    target = typeof target === 'object' && target !== null ? (target as Record<string, unknown>)[name] : undefined;
  }
  return target === undefined ? 'unknown' : typeOf(target as JsonSchema, root, depth + 1);
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  if (distinct.includes('unknown')) return 'unknown';
  return distinct.length === 0 ? 'never' : distinct.length === 1 ? String(distinct[0]) : distinct.map(grouped).join(' | ');
}

function grouped(type: string): string {
  return / [|&] /.test(type.replace(/\{[^]*\}/g, '')) ? `(${type})` : type;
}

function literal(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return 'unknown';
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
