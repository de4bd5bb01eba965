// JSON Schemas of events as forms: the properties that a person can fill in. What a schema says beyond that, the node checks.

export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  format?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  [key: string]: unknown;
}

export type Kind = 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'object' | 'json';
/** Deeper objects are written as JSON. */
export const maxDepth = 3;

export function kindOf(schema: Schema, depth = 0): Kind {
  if (schema.enum?.every((x) => typeof x === 'string')) return 'choice';
  const type = Array.isArray(schema.type) ? schema.type.find((x) => x !== 'null') : schema.type;
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'integer' || type === 'boolean') return type;
  if (type === 'object' && schema.properties && depth < maxDepth) return 'object';
  return 'json';
}

function text(name: string, schema: Schema): string {
  if (schema.format === 'date-time') return '2026-01-31T12:00:00Z';
  if (schema.format === 'date') return '2026-01-31';
  if (schema.format === 'email') return 'anna@example.org';
  if (schema.format === 'uuid') return '3f1c0d2e-7a41-4a8b-9a57-2a1c6a1b0c9d';
  if (schema.format === 'uri') return 'https://example.org/';
  return /id$/i.test(name) ? `${name.replace(/id$/i, '') || 'x'}-1` : (schema.minLength ?? 0) > name.length ? name.padEnd(schema.minLength ?? 0, 'x') : name;
}

/** Data that fits the common parts of a schema: required members, or all. */
export function example(schema: Schema, all = false, name = 'text', depth = 0): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.enum?.length) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type.find((x) => x !== 'null') : schema.type;
  switch (type) {
    case 'string': return text(name, schema);
    case 'integer':
    case 'number': return Math.max(schema.minimum ?? 1, Math.min(1, schema.maximum ?? 1));
    case 'boolean': return false;
    case 'array': return schema.items && (schema['minItems'] as number | undefined ?? 0) > 0 ? [example(schema.items, all, name, depth + 1)] : [];
    default: {
      const out: Record<string, unknown> = {};
      if (depth < 6)
        for (const [key, inner] of Object.entries(schema.properties ?? {}))
          if (all || schema.required?.includes(key)) out[key] = example(inner, all, key, depth + 1);
      return out;
    }
  }
}
