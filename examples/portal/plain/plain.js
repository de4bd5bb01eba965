import { showPortal } from './portal.js';

const { portal, language } = await (await fetch('/settings.json')).json();
showPortal(document.getElementById('webhooks'), {
  url: portal,
  language,
  getToken: async () => (await (await fetch('/portal-token', { method: 'POST' })).json()).token,
  theme: { scheme: 'light', variables: { first: '#6d28d9', link: '#6d28d9', font: 'Georgia, serif' } },
});
