// The look that the application gives to the portal: variables of its style sheet, and light or dark.

/** The variables that may be set; docs/portal.md says what each is for. */
export const variables = [
  'back', 'panel', 'text', 'quiet', 'line', 'link', 'first', 'first-text', 'good', 'good-back', 'warn', 'warn-back', 'bad', 'bad-back', 'code', 'font',
];

/** Colours, lengths and names of fonts; nothing that loads something, or ends a declaration. */
const harmless = /^[\w\s#.,%()'"/-]{1,200}$/;

export function isHarmless(value: unknown): value is string {
  return typeof value === 'string' && harmless.test(value) && !/url|image|src|var|env|attr/i.test(value);
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');
let scheme = 'auto';

function apply(): void {
  document.documentElement.dataset['theme'] = scheme === 'dark' || (scheme === 'auto' && dark.matches) ? 'dark' : 'light';
}

/** Sets what is given, and leaves the rest; what is not known or not harmless is left out. */
export function look(given: Record<string, unknown>, asked: string | undefined): void {
  for (const [name, value] of Object.entries(given)) {
    const plain = name.replace(/^--/, '');
    if (!variables.includes(plain) || !isHarmless(value)) continue;
    if (plain === 'font') document.documentElement.style.fontFamily = value;
    else document.documentElement.style.setProperty(`--${plain}`, value);
  }
  if (asked === 'light' || asked === 'dark' || asked === 'auto') scheme = asked;
  apply();
}

export function startLook(): void {
  dark.addEventListener('change', apply);
  apply();
}
