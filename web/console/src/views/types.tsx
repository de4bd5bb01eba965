import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Problem, type Schemas, call } from '../api';
import { pretty } from '../format';
import { useLoad } from '../load';
import { useWhole } from '../caller';
import { type Route, go, to } from '../router';
import { type Schema, example } from '../schema';
import { Act, Area, Choice, Field, Form } from '../ui/forms';
import { Badge, type Column, Facts, Json, Page, Section, Shown, Table } from '../ui/parts';

type Type = Schemas['Type'];

const Origin = ({ x }: { x: Type }): JSX.Element => (
  <>{x.described && <Badge>catalogue</Badge>} {x.registered && <Badge tone="good">registered</Badge>}</>
);

const columns: Column<Type>[] = [
  { head: 'Type', cell: (x) => <a href={to(['types', x.type])}>{x.type}</a> },
  { head: 'Audience', cell: (x) => x.audience },
  { head: 'From', cell: (x) => <Origin x={x} /> },
  { head: 'Needs', cell: (x) => <span class="cut">{((x.schema as Schema).required ?? []).join(', ') || '–'}</span>, extra: true },
];

export function Types(): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/events/types', { signal }), []);
  const [part, filter] = useState('');
  const [name, edit] = useState('');
  const whole = useWhole();
  return (
    <Page title="Types">
      <div class="fields"><Field label="Part of a name" value={part} on={filter} /></div>
      <Shown of={found}>
        {({ types }) => <Table caption="Event types" columns={columns} rows={types.filter((x) => x.type.includes(part.trim()))} id={(x) => x.type} none="No type has this in its name." />}
      </Shown>
      {whole && (
        <Section title="A new type">
          <Form submit="Go on" reads action={async () => go(['types', name])}>
            <Field label="Name" value={name} on={edit} required pattern="[a-z][a-z0-9_]*(\.[a-z0-9_]+)+" placeholder="invoice.paid" hint="Lower case with dots" />
          </Form>
        </Section>
      )}
    </Page>
  );
}

async function typeOf(type: string, signal: AbortSignal): Promise<Type | null> {
  try {
    return await call('get', '/api/events/types/{type}', { path: { type }, signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

export function TypeView({ route }: { route: Route }): JSX.Element {
  const type = route.segments[1] ?? '';
  const found = useLoad((signal) => typeOf(type, signal), [type]);
  const whole = useWhole();
  const forget = async () => {
    await call('delete', '/api/events/types/{type}', { path: { type } });
    if (found.data?.described) await found.reload();
    else go(['types']);
    return `What was registered for ${type} is forgotten.`;
  };
  return (
    <Page title={`Type ${type}`} actions={found.data && <>
      <a class="button" href={to(['events'], { types: type })}>Its events</a>
      <a class="button" href={to(['publish'], { type })}>Publish one</a>
      {whole && found.data.registered && <Act danger ask={`The schema that was registered for ${type} is forgotten. Stored events stay.`} run={forget}>Forget the schema</Act>}
    </>}>
      <Shown of={found}>
        {(x) => x === null ? <p class="note">Nobody has registered this type yet. Do it below.</p> : (
          <Section title="What it is">
            <Facts rows={[['Audience', x.audience], ['From', <Origin x={x} />]]} />
            <h3>Example of data</h3>
            <Json label="Example" value={example(x.schema as Schema, true)} />
            <h3>Schema</h3>
            <Json label="Schema" value={x.schema} />
            {x.describedSchema && <><h3>Schema of the catalogue, which applies as well</h3><Json label="Schema of the catalogue" value={x.describedSchema} /></>}
          </Section>
        )}
      </Shown>
      {whole && !found.pending && <Section title="Register a schema"><Register key={pretty(found.data)} type={type} x={found.data ?? null} done={found.reload} /></Section>}
    </Page>
  );
}

function Register({ type, x, done }: { type: string; x: Type | null; done: () => Promise<void> }): JSX.Element {
  const [audience, choose] = useState<string>(x?.audience ?? 'company');
  const [schema, edit] = useState(pretty(x?.registered ? x.schema : { type: 'object', properties: {}, required: [] }));
  const register = async () => {
    await call('put', '/api/events/types/{type}', { path: { type }, body: { audience: audience as 'all', schema: JSON.parse(schema) as Record<string, unknown> } });
    await done();
    return `${type} is registered.`;
  };
  return (
    <Form action={register} submit="Register">
      <Choice label="Audience" value={audience} on={choose} options={['none', 'user', 'company', 'all']} hint="Who may see its events in sessions" />
      <Area label="JSON Schema of the data" value={schema} on={edit} rows={14} required />
    </Form>
  );
}
