// The fields of an endpoint, for a new one and for a change.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../../api';
import { useLoad } from '../../load';
import { Check, Field } from '../../ui/forms';
import { Shown } from '../../ui/parts';
import { t } from '../texts';

/** Lines such as `Name: value`; throws for one that is none. */
export function headersOf(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const line of text.split('\n').map((x) => x.trim()).filter(Boolean)) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new Error(t('badHeader', line));
    out[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return out;
}

/** The host, with the scheme: where a secret is known. */
export function placeOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return url;
  }
}

/** All types, or some of those that there are; patterns that are set already can be kept. */
export function TypesChoice({ value, on }: { value: string[]; on: (value: string[]) => void }): JSX.Element {
  const [part, find] = useState('');
  const [all, every] = useState(value.length === 0);
  const [first] = useState(value);
  const found = useLoad((signal) => call('get', '/api/events/types', { signal }), []);
  const toggle = (type: string) => on(value.includes(type) ? value.filter((x) => x !== type) : [...value, type]);
  return (
    <fieldset>
      <legend>{t('which')}</legend>
      <div class="wide">
        <Check label={t('every')} value={all} on={(x) => {
          every(x);
          if (x) on([]);
        }} />
      </div>
      {!all && (
        <>
          <div class="wide"><Field label={t('find')} type="search" value={part} on={find} /></div>
          <Shown of={found}>
            {({ types }) => {
              const known = new Set(types.map((x) => x.type));
              const names = [...first.filter((x) => !known.has(x)), ...known].filter((x) => x.includes(part.trim()) || value.includes(x));
              return (
                <div class="wide fields choices" role="group" aria-label={t('which')} tabIndex={0}>
                  {names.length === 0 && <p class="quiet">{t('noSuchType')}</p>}
                  {names.map((x) => <Check key={x} label={x} value={value.includes(x)} on={() => toggle(x)} />)}
                </div>
              );
            }}
          </Shown>
        </>
      )}
    </fieldset>
  );
}
