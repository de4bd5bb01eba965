// What caused what, of events that belong together.

export interface Caused {
  seq: number;
  id: string;
  causationId?: string;
}

export interface Node<T> {
  x: T;
  below: Node<T>[];
}

/**
 * Each event once, below one that caused it. Ids are those of publishers, so several may be alike, and causes may go in a circle: drawn below each
 * of its causes, a few hundred events would have more ways than a browser can draw.
 */
export function treeOf<T extends Caused>(events: T[]): Node<T>[] {
  const ids = new Set(events.map((x) => x.id));
  const caused = new Map<string, T[]>();
  const roots: T[] = [];
  for (const x of events) {
    if (x.causationId === undefined || x.causationId === x.id || !ids.has(x.causationId)) roots.push(x);
    else caused.set(x.causationId, [...(caused.get(x.causationId) ?? []), x]);
  }
  const drawn = new Set<number>();
  const take = (all: T[]): Node<T>[] => {
    const fresh = all.filter((x) => !drawn.has(x.seq));
    for (const x of fresh) drawn.add(x.seq);
    return fresh.map((x) => ({ x, below: take(caused.get(x.id) ?? []) }));
  };
  const out = take(roots);
  // Those of a circle.
  for (const x of events) out.push(...take([x]));
  return out;
}
