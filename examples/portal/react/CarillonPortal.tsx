// The portal as a component: <CarillonPortal url="https://events.example/portal/" getToken={…} />
import { useEffect, useRef } from 'react';

export interface Theme {
  /** Variables of the portal's style sheet, such as `first`; see docs/portal.md. */
  variables?: Record<string, string>;
  scheme?: 'light' | 'dark' | 'auto';
}

export interface CarillonPortalProps {
  /** Of the node; it ends in `/portal/`. */
  url: string;
  /** Asks the application's own server for a token. */
  getToken: () => Promise<string>;
  language?: string;
  theme?: Theme;
  title?: string;
}

export function CarillonPortal({ url, getToken, language, theme, title = 'Webhooks' }: CarillonPortalProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  // What is asked for later is answered with the latest.
  const latest = useRef({ getToken, language, theme });
  latest.current = { getToken, language, theme };

  useEffect(() => {
    const origin = new URL(url).origin;
    const tell = (message: object) => frame.current?.contentWindow?.postMessage(message, origin);
    const listen = async (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow || event.origin !== origin) return;
      const { carillonPortal: what, pixels } = (event.data ?? {}) as { carillonPortal?: string; pixels?: number };
      if (what === 'height' && frame.current) frame.current.style.height = `${Number(pixels)}px`;
      if (what !== 'token') return;
      const now = latest.current;
      if (now.theme) tell({ carillonPortal: 'theme', ...now.theme });
      if (now.language) tell({ carillonPortal: 'language', language: now.language });
      tell({ carillonPortal: 'token', token: await now.getToken() });
    };
    window.addEventListener('message', listen);
    // Only now: the page asks as soon as it is there.
    if (frame.current) frame.current.src = url;
    return () => window.removeEventListener('message', listen);
  }, [url]);

  // A change while it is shown.
  useEffect(() => {
    const tell = (message: object) => frame.current?.contentWindow?.postMessage(message, new URL(url).origin);
    if (frame.current?.style.height && theme) tell({ carillonPortal: 'theme', ...theme });
    if (frame.current?.style.height && language) tell({ carillonPortal: 'language', language });
  }, [url, language, theme]);

  return <iframe ref={frame} title={title} style={{ width: '100%', border: 0 }} />;
}
