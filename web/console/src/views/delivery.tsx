import type { JSX } from 'preact';
import { call } from '../api';
import { useLoad } from '../load';
import { type Route, to } from '../router';
import { Act } from '../ui/forms';
import { Facts, Page, Section, Shown, Time } from '../ui/parts';
import { AttemptView } from './attempts';
import { StateOf } from './webhooks';

export function DeliveryView({ route }: { route: Route }): JSX.Element {
  const id = route.segments[1] ?? '';
  const found = useLoad((signal) => call('get', '/api/events/deliveries/{id}', { path: { id }, signal }), [id], 2000);
  const resend = async () => {
    await call('post', '/api/events/deliveries/{id}/retry', { path: { id } });
    await found.reload();
    return 'It is due now; its schedule begins anew.';
  };
  return (
    <Page title={`Delivery ${id}`} actions={found.data && <Act run={resend}>Resend</Act>}>
      <Shown of={found}>
        {(x) => (
          <>
            <Section title="Now">
              <Facts rows={[
                ['State', <StateOf state={x.state} />],
                ['Webhook', <a href={to(['webhooks', x.webhookId])}>{x.webhookId}</a>],
                ['Event', <><a href={to(['events', x.seq])}>{x.seq}</a> <code>{x.eventType}</code></>],
                ['Company', x.companyId ?? '–'],
                ['Next attempt', <Time at={x.nextAttemptAt} />],
                ['Why', x.attempts.at(-1)?.nextReason ?? '–'],
                ['First attempt', <Time at={x.createdAt} />],
                ...(x.replayId !== null ? [['Replay', <a href={to(['replays', x.replayId])}>{x.replayId}</a>] as [string, JSX.Element]] : []),
              ]} />
            </Section>
            <Section title={`Attempts (${x.attempts.length})`}>
              {[...x.attempts].reverse().map((y) => <AttemptView key={y.number} x={y} />)}
            </Section>
          </>
        )}
      </Shown>
    </Page>
  );
}
