// Loading of what a view shows, once or again and again while the page is visible.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  /** True until the first answer. */
  pending: boolean;
  reload: () => Promise<void>;
}

/**
 * @param every ms between the end of a load and the begin of the next; 0 = once
 * @param on what the load depends on; another value forgets what was loaded
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, on: unknown[], every = 0): Loaded<T> {
  const [state, set] = useState<{ data?: T; error?: unknown; key: string }>({ key: '' });
  const latest = useRef(load);
  latest.current = load;
  const key = JSON.stringify(on);
  const now = useRef(key);
  now.current = key;

  const run = useCallback(
    async (signal: AbortSignal) => {
      try {
        const data = await latest.current(signal);
        if (!signal.aborted && now.current === key) set({ data, key });
      } catch (error) {
        if (!signal.aborted && now.current === key) set((x) => ({ data: x.key === key ? x.data : undefined, error, key }));
      }
    },
    [key],
  );

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    const turn = async () => {
      if (first || !document.hidden) await run(stop.signal);
      first = false;
      if (every > 0 && !stop.signal.aborted) timer = setTimeout(() => void turn(), every);
    };
    void turn();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [run, every]);

  const mine = state.key === key;
  return {
    data: mine ? state.data : undefined,
    error: mine ? state.error : undefined,
    pending: !mine,
    reload: () => run(new AbortController().signal),
  };
}
