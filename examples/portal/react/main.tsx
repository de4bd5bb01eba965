import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { CarillonPortal, type Theme } from './CarillonPortal';

const dark: Theme = { scheme: 'dark' };
const light: Theme = { scheme: 'light' };

async function getToken(): Promise<string> {
  const answer = await fetch('/portal-token', { method: 'POST' });
  return ((await answer.json()) as { token: string }).token;
}

function Settings() {
  const [url, setUrl] = useState<string>();
  const [german, speak] = useState(false);
  const [night, dim] = useState(false);
  useEffect(() => {
    void fetch('/settings.json').then((x) => x.json()).then((x: { portal: string }) => setUrl(x.portal));
  }, []);
  return (
    <main>
      <h1>Settings</h1>
      <label><input type="checkbox" checked={german} onChange={(x) => speak(x.target.checked)} /> Deutsch</label>
      <label><input type="checkbox" checked={night} onChange={(x) => dim(x.target.checked)} /> Dark</label>
      {url && <CarillonPortal url={url} getToken={getToken} language={german ? 'de' : 'en'} theme={night ? dark : light} />}
    </main>
  );
}

createRoot(document.getElementById('app')!).render(<StrictMode><Settings /></StrictMode>);
