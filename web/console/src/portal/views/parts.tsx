// Pieces that several views of the portal have.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Schemas } from '../../api';
import { ago } from '../../format';
import { Badge, type Tone } from '../../ui/parts';
import { asWord } from '../../ui/words';
import { t } from '../texts';

type Webhook = Schemas['Webhook'];

/** As `Page` of the operations page; the title of the window is the application's affair. */
export function View({ title, actions, back, children }: { title: string; actions?: ComponentChildren; back?: [string, string]; children: ComponentChildren }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title;
    // Only after a way within the portal: the application's page keeps the focus when it shows it.
    if (document.hasFocus()) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <>
      {back && <p class="crumb"><a href={back[0]}>← {back[1]}</a></p>}
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

const tones: Record<string, Tone> = { delivered: 'good', retrying: 'warn', failed: 'bad' };
export const DeliveryState = ({ state }: { state: string }): JSX.Element => <Badge tone={tones[state]}>{asWord(state)}</Badge>;

export function Health({ x }: { x: Webhook }): JSX.Element {
  if (!x.enabled) {
    const why = x.disabledReason === 'gone' ? t('gone') : x.disabledReason === 'failing' ? t('failing') : t('paused');
    return <Badge tone={x.disabledReason === 'operator' ? 'plain' : 'bad'}>{why}</Badge>;
  }
  if (x.failingSince) return <Badge tone="warn">{t('failingSince', ago(x.failingSince))}</Badge>;
  return <Badge tone="good">{t('well')}</Badge>;
}

export const typesOf = (x: Webhook): string => x.types.join(', ') || t('allTypes');

/** What a person calls it. */
export const nameOf = (x: Webhook): string => x.description || t('endpointOf', x.id);
