// Reads /metrics while the page is open, whatever view it shows, and keeps an hour of it: charts go on across views.
import { useEffect, useState } from 'preact/hooks';
import { text } from './api';
import { type Buckets, type Sample, buckets, parse, quantile } from './prometheus';

const everyMs = 2000;
const keep = 1800;
/** Quantiles are of the last 10 s. */
const windowSamples = 5;
/** Consumers beyond these have no charts. */
const maxConsumers = 100;

export interface Point {
  /** Seconds since 1970. */
  at: number;
  published: number;
  eventsPerSecond: number;
  /** Milliseconds; NaN without commits. */
  commitP50: number;
  commitP99: number;
  maxLag: number;
  lag: Map<string, number>;
  delivered: Map<string, number>;
  rate: Map<string, number>;
  failed: number;
  failuresPerSecond: number;
  commit: Buckets;
}

export interface Samples {
  points: Point[];
  newest: Sample[];
  error: unknown;
}

const state: Samples = { points: [], newest: [], error: undefined };
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let running = false;

export function valueOf(samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined {
  return samples.find((x) => x.name === name && Object.entries(labels).every(([k, v]) => x.labels[k] === v))?.value;
}

function byConsumer(samples: Sample[], name: string): Map<string, number> {
  const out = new Map<string, number>();
  for (const x of samples)
    if (x.name === name && out.size < maxConsumers) out.set(x.labels['consumer'] ?? '', x.value);
  return out;
}

const sum = (x: Map<string, number>): number => [...x.values()].reduce((a, b) => a + b, 0);
/** Counters begin anew with the node. */
const perSecond = (before: number, after: number, seconds: number): number =>
  seconds > 0 ? Math.max(0, after - before) / seconds : 0;

function pointOf(samples: Sample[], at: number): Point {
  const last = state.points.at(-1);
  const seconds = last ? at - last.at : 0;
  const published = valueOf(samples, 'carillon_published_events_total') ?? 0;
  const lag = byConsumer(samples, 'carillon_consumer_lag_events');
  const delivered = byConsumer(samples, 'carillon_consumer_delivered_total');
  const failed = sum(byConsumer(samples, 'carillon_consumer_failed_total'));
  const commit = buckets(samples, 'carillon_commit_seconds');
  const before = state.points.at(-windowSamples)?.commit ?? state.points[0]?.commit ?? commit;
  const rate = new Map([...delivered].map(([name, count]) => [name, perSecond(last?.delivered.get(name) ?? count, count, seconds)]));
  return {
    at,
    published,
    eventsPerSecond: last ? perSecond(last.published, published, seconds) : 0,
    commitP50: quantile(before, commit, 0.5) * 1000,
    commitP99: quantile(before, commit, 0.99) * 1000,
    maxLag: Math.max(0, ...lag.values()),
    lag,
    delivered,
    rate,
    failed,
    failuresPerSecond: last ? perSecond(last.failed, failed, seconds) : 0,
    commit,
  };
}

async function turn(): Promise<void> {
  try {
    const samples = parse(await text('/metrics'));
    state.points = [...state.points.slice(1 - keep), pointOf(samples, Date.now() / 1000)];
    state.newest = samples;
    state.error = undefined;
  } catch (error) {
    state.error = error;
  }
  for (const tell of listeners) tell();
  if (running) timer = setTimeout(() => void turn(), everyMs);
}

export function start(): void {
  if (running) return;
  running = true;
  void turn();
}

/** Stops, and forgets what was read. */
export function stop(): void {
  running = false;
  clearTimeout(timer);
  state.points = [];
  state.newest = [];
}

export function useSamples(): Samples {
  const [, tick] = useState(0);
  useEffect(() => {
    const tell = () => tick((x) => x + 1);
    listeners.add(tell);
    return () => void listeners.delete(tell);
  }, []);
  return state;
}
