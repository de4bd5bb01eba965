// Reads the text exposition format 0.0.4 as the node writes it.

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const escapes: Record<string, string> = { n: '\n', '\\': '\\', '"': '"' };

function number(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

export function parse(text: string): Sample[] {
  const out: Sample[] = [];
  for (const row of text.split('\n')) {
    if (row === '' || row.startsWith('#')) continue;
    const found = line.exec(row);
    if (!found) continue;
    const labels: Record<string, string> = {};
    for (const [, name, value] of (found[2] ?? '').matchAll(label))
      labels[name!] = value!.replace(/\\(.)/g, (_, x: string) => escapes[x] ?? x);
    out.push({ name: found[1]!, labels, value: number(found[3]!) });
  }
  return out;
}

/** Upper bounds, in seconds, with the count up to each. */
export type Buckets = Map<number, number>;

export function buckets(samples: Sample[], name: string): Buckets {
  const out: Buckets = new Map();
  for (const x of samples) if (x.name === `${name}_bucket`) out.set(number(x.labels['le'] ?? ''), x.value);
  return out;
}

/**
 * The quantile of what was counted between two readings, in seconds: the upper bound of its bucket, which is not less than the
 * true value. NaN if nothing was counted.
 */
export function quantile(before: Buckets, after: Buckets, q: number): number {
  const bounds = [...after.keys()].sort((a, b) => a - b);
  const counts = bounds.map((x) => (after.get(x) ?? 0) - (before.get(x) ?? 0));
  const all = counts.at(-1) ?? 0;
  if (all <= 0) return NaN;
  const at = counts.findIndex((x) => x >= q * all);
  const bound = bounds[at]!;
  return Number.isFinite(bound) ? bound : (bounds[at - 1] ?? NaN);
}
