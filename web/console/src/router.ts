// Every view has an address: #/events/42, #/webhooks?state=failed. Nothing secret is ever part of one.
import { useEffect, useMemo, useState } from 'preact/hooks';

export interface Route {
  segments: string[];
  query: URLSearchParams;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function parse(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { segments: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(search) };
}

type Values = Record<string, string | number | boolean | undefined>;

/** An address of a view; segments are escaped, empty values of the query are left out. */
export function to(segments: (string | number)[], query: Values = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '' && value !== false) search.set(name, String(value));
  const text = search.toString();
  return `#/${segments.map((x) => encodeURIComponent(String(x))).join('/')}${text ? `?${text}` : ''}`;
}

export function go(segments: (string | number)[], query: Values = {}, replace = false): void {
  const address = to(segments, query);
  if (replace) {
    history.replaceState(null, '', address);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = address;
  }
}

export function useRoute(): Route {
  const [hash, set] = useState(location.hash);
  useEffect(() => {
    const change = () => set(location.hash);
    window.addEventListener('hashchange', change);
    // It may have changed between the first drawing and now.
    change();
    return () => window.removeEventListener('hashchange', change);
  }, []);
  return useMemo(() => parse(hash), [hash]);
}
