import type { JSX } from 'preact';
import { type Schemas, call } from '../../api';
import { useLoad } from '../../load';
import { to } from '../../router';
import { Pager } from '../../ui/forms';
import { type Column, Shown, Table, Time } from '../../ui/parts';
import { useRight } from '../rights';
import { t } from '../texts';
import { Health, View, nameOf, typesOf } from './parts';

type Webhook = Schemas['Webhook'];

export function Endpoints({ query }: { query: URLSearchParams }): JSX.Element {
  const cursor = query.get('cursor') ?? '';
  const mayAdd = useRight('endpoints');
  const found = useLoad((signal) => call('get', '/api/events/webhooks', { query: { cursor, limit: 50 }, signal }), [cursor], 10_000);
  const columns: Column<Webhook>[] = [
    { head: t('endpoint'), cell: (x) => <a href={to(['endpoints', x.id])}>{nameOf(x)}</a> },
    { head: t('address'), cell: (x) => <code class="cut">{x.url}</code> },
    { head: t('state'), cell: (x) => <Health x={x} /> },
    { head: t('types'), cell: (x) => <span class="cut">{typesOf(x)}</span>, extra: true },
    { head: t('since'), cell: (x) => <Time at={x.createdAt} />, extra: true },
  ];
  return (
    <View title={t('endpoints')} actions={mayAdd && <a class="button first" href={to(['endpoints', 'new'])}>{t('add')}</a>}>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption={t('endpoints')} columns={columns} rows={page.webhooks} id={(x) => x.id} none={t('none')} />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['endpoints'], { cursor: x })} />
          </>
        )}
      </Shown>
    </View>
  );
}
