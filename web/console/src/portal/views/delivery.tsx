import type { JSX } from 'preact';
import { call } from '../../api';
import { useLoad } from '../../load';
import { to } from '../../router';
import { Act } from '../../ui/forms';
import { Facts, Section, Shown, Time } from '../../ui/parts';
import { asSentence } from '../../ui/words';
import { AttemptView } from '../../views/attempts';
import { useRight } from '../rights';
import { t } from '../texts';
import { DeliveryState, View } from './parts';

export function DeliveryView({ id }: { id: string }): JSX.Element {
  const mayResend = useRight('resend');
  const found = useLoad((signal) => call('get', '/api/events/deliveries/{id}', { path: { id }, signal }), [id], 4000);
  const resend = async () => {
    await call('post', '/api/events/deliveries/{id}/retry', { path: { id } });
    await found.reload();
    return t('resent');
  };
  const endpoint = found.data?.webhookId ?? Number.parseInt(id, 10);
  return (
    <View title={t('deliveryOf', id)} back={[to(['endpoints', endpoint]), t('endpointOf', endpoint)]} actions={mayResend && found.data && <Act run={resend}>{t('resend')}</Act>}>
      <Shown of={found}>
        {(x) => (
          <>
            <Section title={t('state')}>
              <Facts rows={[
                [t('state'), <DeliveryState state={x.state} />],
                [t('event'), <><code>{x.eventType}</code> {x.eventId}</>],
                [t('nextAttempt'), <><Time at={x.nextAttemptAt} /> {asSentence(x.attempts.at(-1)?.nextReason ?? '')}</>],
                [t('firstAttempt'), <Time at={x.createdAt} />],
              ]} />
            </Section>
            <Section title={t('attemptsOf', x.attempts.length)}>
              {[...x.attempts].reverse().map((y) => <AttemptView key={y.number} x={y} />)}
            </Section>
          </>
        )}
      </Shown>
    </View>
  );
}
