// Light or dark: as the system has it, unless somebody chose.
import { useEffect, useState } from 'preact/hooks';

export type Choice = 'auto' | 'light' | 'dark';
const name = 'carillon.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function chosen(): Choice {
  try {
    const kept = localStorage.getItem(name);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

export function apply(choice: Choice = chosen()): void {
  const isDark = choice === 'dark' || (choice === 'auto' && dark.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
  for (const tell of listeners) tell();
}

export function choose(choice: Choice): void {
  try {
    localStorage.setItem(name, choice);
  } catch {
    // storage is blocked: it holds until the page is closed
  }
  apply(choice);
}

dark.addEventListener('change', () => apply());

export function useTheme(): string {
  const [theme, set] = useState(document.documentElement.dataset['theme'] ?? 'light');
  useEffect(() => {
    const tell = () => set(document.documentElement.dataset['theme'] ?? 'light');
    listeners.add(tell);
    return () => void listeners.delete(tell);
  }, []);
  return theme;
}
