import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useLoad } from '../load';
import type { Route } from '../router';
import { Check, Field } from '../ui/forms';
import { Badge, type Column, Page, Section, Shown, Table } from '../ui/parts';

type Setting = Schemas['Setting'];

const columns: Column<Setting>[] = [
  { head: 'Option', cell: (x) => <code>--{x.name}</code> },
  { head: 'In force', cell: (x) => <><code class="long">{x.value === '' ? 'none' : x.value}</code> {x.value !== x.default && <Badge tone="warn">changed</Badge>}</> },
  { head: 'Default', cell: (x) => <code class="long">{x.default === '' ? 'none' : x.default}</code>, extra: true },
  { head: 'Meaning', cell: (x) => x.meaning, extra: true },
];

export function Settings(_: { route: Route }): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/node', { signal }), []);
  const [part, filter] = useState('');
  const [changed, only] = useState(false);
  const fits = (x: Setting) => (!changed || x.value !== x.default) && `${x.name} ${x.meaning}`.toLowerCase().includes(part.trim().toLowerCase());
  return (
    <Page title="Settings in force">
      <p>What this node was started with. Settings are changed by flags, the environment or the file, and a restart.</p>
      <div class="fields">
        <Field label="Part of a name or meaning" value={part} on={filter} />
        <div class="field"><Check label="Changed ones only" value={changed} on={only} /></div>
      </div>
      <Shown of={found}>
        {({ settings }) => (
          <>
            {!settings.some(fits) && <p class="quiet">No setting matches.</p>}
            {[...new Set(settings.map((x) => x.group))].map((group) => {
              const rows = settings.filter((x) => x.group === group && fits(x));
              return rows.length > 0 && <Section key={group} title={group}><Table caption={group} columns={columns} rows={rows} id={(x) => x.name} /></Section>;
            })}
          </>
        )}
      </Shown>
    </Page>
  );
}
