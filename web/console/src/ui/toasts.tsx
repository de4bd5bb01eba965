// Short messages: what was done, or why not. They are read out, and stay until they are read or replaced.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from './words';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const most = 3;
const staysMs = 8000;
let toasts: Toast[] = [];
let nextId = 1;
let changed: () => void = () => {};

function drop(id: number): void {
  toasts = toasts.filter((x) => x.id !== id);
  changed();
}

export function tell(text: string, bad = false): void {
  const id = nextId++;
  toasts = [...toasts, { id, text, bad }].slice(-most);
  changed();
  if (!bad) setTimeout(() => drop(id), staysMs);
}

export function Toasts(): JSX.Element {
  const [, tick] = useState(0);
  useEffect(() => {
    changed = () => tick((x) => x + 1);
    return () => {
      changed = () => {};
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map((x) => (
        <div key={x.id} class={x.bad ? 'toast bad' : 'toast'}>
          <span>{x.text}</span>
          <button type="button" aria-label={words.closeMessage} onClick={() => drop(x.id)}>×</button>
        </div>
      ))}
    </div>
  );
}
