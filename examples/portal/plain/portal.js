// All that a page needs to show the portal; docs/portal.md describes the messages.

/**
 * Shows the portal in a frame, and gives it tokens whenever it asks. Answers a function that ends that.
 * @param {HTMLIFrameElement} frame
 * @param {{url: string, getToken: () => Promise<string>, language?: string, theme?: {variables?: object, scheme?: string}}} settings
 * `url` ends in `/portal/`; `getToken` asks the application's own server
 */
export function showPortal(frame, { url, getToken, language, theme }) {
  const origin = new URL(url).origin;
  // To nobody but the node: in another page the token would be lost.
  const tell = (message) => frame.contentWindow?.postMessage(message, origin);
  const listen = async (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    const { carillonPortal: what, pixels } = event.data ?? {};
    if (what === 'height') frame.style.height = `${Number(pixels)}px`;
    if (what !== 'token') return;
    if (theme) tell({ carillonPortal: 'theme', ...theme });
    if (language) tell({ carillonPortal: 'language', language });
    tell({ carillonPortal: 'token', token: await getToken() });
  };
  window.addEventListener('message', listen);
  frame.src = url;
  return () => window.removeEventListener('message', listen);
}
