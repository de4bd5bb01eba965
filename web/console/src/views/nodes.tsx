import type { JSX } from 'preact';
import { call } from '../api';
import { useWhole } from '../caller';
import { ago, bytes, count } from '../format';
import { useLoad } from '../load';
import { useSamples, valueOf } from '../sampler';
import type { Route } from '../router';
import { Badge, Facts, Page, Section, Shown, Table, Time } from '../ui/parts';

export function Nodes(_: { route: Route }): JSX.Element {
  const whole = useWhole();
  const limits = useLoad((signal) => call('get', '/api/limits', { signal }), [], 3000);
  return (
    <Page title="Nodes">
      {whole && <Section title="This node"><Node /></Section>}
      <Section title="Limits that companies share">
        <Shown of={limits}>
          {({ limits: all }) => (
            <Table caption="Limits" rows={all} id={(x) => x.name} columns={[
              { head: 'Limit', cell: (x) => x.name },
              { head: 'Used', number: true, cell: (x) => count(x.used ?? x.own) },
              { head: 'Of', number: true, cell: (x) => `${count(x.capacity)} ${x.unit}` },
              { head: 'Companies', number: true, cell: (x) => count(x.companies), extra: true },
              { head: 'Over their share', number: true, cell: (x) => count(x.refusedOverShare), extra: true },
              { head: 'Refused as full', number: true, cell: (x) => count(x.refusedFull) },
            ]} />
          )}
        </Shown>
      </Section>
    </Page>
  );
}

function Node(): JSX.Element {
  const node = useLoad((signal) => call('get', '/api/node', { signal }), [], 10_000);
  const ready = useLoad((signal) => call('get', '/readyz', { signal }), [], 3000);
  const { newest } = useSamples();
  const of = (name: string) => valueOf(newest, name);
  return (
    <Shown of={node}>
      {(x) => (
        <Facts rows={[
          ['State', ready.data?.status === 'ready' ? <Badge tone="good">ready</Badge> : <Badge tone="bad">{ready.data?.waitingFor ?? 'it does not answer'}</Badge>],
          ['Version', x.version],
          ['Started', <><Time at={x.startedAt} /> ({ago(x.startedAt)})</>],
          ['History of the log', <code>{x.history}</code>],
          ['Events are published to', x.dataAddress ?? '–'],
          ['Log', `${count(of('carillon_log_head'))} events`],
          ['Index', `up to ${count(of('carillon_log_indexed'))}`],
          ['On disk', bytes(of('carillon_store_bytes'))],
          ['Connections', count(of('carillon_connections'))],
          ['Requests', count(of('carillon_http_requests_total'))],
          ['Logins that failed', count(of('carillon_logins_failed_total'))],
        ]} />
      )}
    </Shown>
  );
}
