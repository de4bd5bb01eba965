// Rows of a measure as lines of a chart.
import type { Schemas } from './api';
import type { Line } from './ui/chart';

type Row = Schemas['MeasureRow'];
export type Shape = 'count' | Schemas['Measure'];
/** Lines of a chart. */
export const mostLines = 8;

const valueOf = (x: Row, shape: Shape): number | null => {
  const value = (x as unknown as Record<string, unknown>)[shape];
  return value === undefined || value === null ? null : Number(value);
};

/** A line for each company, type and group, the largest first; what the node did not measure is no zero, but for counts and sums. */
export function linesOf(rows: Row[], shape: Shape, times: number[], stepSeconds: number): { lines: Line[]; left: number } {
  const varies = (of: (x: Row) => unknown) => new Set(rows.map(of)).size > 1;
  const [companies, types] = [varies((x) => x.companyId), varies((x) => x.type)];
  const nameOf = (x: Row) => [x.other ? 'other groups' : (x.group ?? 'no group'), types && x.type, companies && (x.companyId ?? 'no company')].filter(Boolean).join(', ');
  const adds = shape === 'count' || shape === 'sum';
  const found = new Map<string, { line: Line; size: number }>();
  for (const x of rows) {
    const value = valueOf(x, shape);
    const at = Math.floor((Date.parse(x.begin) / 1000 - times[0]!) / stepSeconds);
    if (value === null || at < 0 || at >= times.length) continue;
    const key = JSON.stringify([x.other, x.group, x.type, x.companyId]);
    let entry = found.get(key);
    if (!entry) found.set(key, (entry = { line: { name: nameOf(x), values: times.map(() => (adds ? 0 : null)) }, size: 0 }));
    entry.line.values[at] = adds ? (entry.line.values[at] ?? 0) + value : value;
    entry.size += Math.abs(value);
  }
  const all = [...found.values()].sort((a, b) => b.size - a.size);
  return { lines: all.slice(0, mostLines).map((x) => x.line), left: Math.max(0, all.length - mostLines) };
}
