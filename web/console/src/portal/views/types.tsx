import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../../api';
import { useLoad } from '../../load';
import { Field } from '../../ui/forms';
import { Json, Shown } from '../../ui/parts';
import { t } from '../texts';
import { View } from './parts';

type Type = Schemas['Type'];

function descriptionOf(schema: unknown): string {
  const x = (schema as { description?: unknown } | null)?.description;
  return typeof x === 'string' ? x : '';
}

const TypeView = ({ x }: { x: Type }): JSX.Element => (
  <article class="type">
    <h2><code>{x.type}</code></h2>
    {descriptionOf(x.schema) && <p>{descriptionOf(x.schema)}</p>}
    <details>
      <summary>{t('members')}</summary>
      <Json label={`${t('members')} ${x.type}`} value={x.schema} />
    </details>
  </article>
);

export function Types(): JSX.Element {
  const [part, find] = useState('');
  const found = useLoad((signal) => call('get', '/api/events/types', { signal }), []);
  return (
    <View title={t('types')}>
      <div class="fields"><Field label={t('find')} type="search" value={part} on={find} /></div>
      <Shown of={found}>
        {({ types }) => {
          const some = types.filter((x) => x.type.includes(part.trim()));
          if (some.length === 0) return <p class="quiet">{types.length === 0 ? t('noTypes') : t('noSuchType')}</p>;
          return <>{some.map((x) => <TypeView key={x.type} x={x} />)}</>;
        }}
      </Shown>
    </View>
  );
}
