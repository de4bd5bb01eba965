/** Pauses between attempts: "full jitter", so that clients that were dropped together do not return together. */
export class Backoff {
  #failures = 0;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;

  constructor(minMs: number, maxMs: number, random: () => number = Math.random) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Number of failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Counts a failure. Returns the pause in milliseconds, at least `leastMs`, which the node asked for. */
  failed(leastMs = 0): number {
    const pause = pauseOf(this.#failures, this.#minMs, this.#maxMs, this.#random);
    this.#failures += 1;
    // What the node asks for is spread as well, by up to a fifth.
    return Math.max(pause, leastMs * (1 + 0.2 * this.#random()));
  }
}

/** The pause after `failures` earlier failures, in milliseconds. */
export function pauseOf(failures: number, minMs: number, maxMs: number, random: () => number = Math.random): number {
  const limit = Math.min(maxMs, minMs * 2 ** Math.min(failures, 30));
  return limit * random();
}
