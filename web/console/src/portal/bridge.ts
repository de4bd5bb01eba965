// What the portal and the application that shows it in a frame say to each other, see docs/portal.md. The policy of the page lets nobody but that
// application show it, and only the window around it is listened to. Nothing secret is ever sent to it.

export interface Said {
  /** A token, at the begin and whenever the application likes. */
  token: (token: string) => void;
  theme: (variables: Record<string, string>, scheme: string | undefined) => void;
  language: (language: string) => void;
}

const alone = window.parent === window;

export const isFramed = (): boolean => !alone;

function tell(message: Record<string, unknown>): void {
  // Whose page it is only the browser knows; what is said is no secret.
  if (!alone) window.parent.postMessage(message, '*');
}

export const askForToken = (): void => tell({ carillonPortal: 'token' });

export function listen(said: Said): void {
  window.addEventListener('message', (event) => {
    if (alone || event.source !== window.parent) return;
    const x = event.data as Record<string, unknown> | null;
    if (typeof x !== 'object' || x === null) return;
    if (x['carillonPortal'] === 'token' && typeof x['token'] === 'string') said.token(x['token']);
    if (x['carillonPortal'] === 'language' && typeof x['language'] === 'string') said.language(x['language']);
    if (x['carillonPortal'] === 'theme') {
      const given = x['variables'];
      said.theme(
        typeof given === 'object' && given !== null ? (given as Record<string, string>) : {},
        typeof x['scheme'] === 'string' ? x['scheme'] : undefined,
      );
    }
  });
}

/** Says how high the page is, now and whenever that changes. */
export function tellHeight(): void {
  let last = 0;
  new ResizeObserver(() => {
    const pixels = Math.ceil(document.body.getBoundingClientRect().height);
    if (pixels === last) return;
    last = pixels;
    tell({ carillonPortal: 'height', pixels });
  }).observe(document.body);
}
