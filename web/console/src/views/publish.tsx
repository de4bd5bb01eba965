import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../api';
import { instant, pretty } from '../format';
import { useLoad } from '../load';
import { type Route, to } from '../router';
import { type Schema, example, kindOf } from '../schema';
import { Area, Check, Choice, Field, Form } from '../ui/forms';
import { Page, Section, Shown } from '../ui/parts';

type Data = Record<string, unknown>;

export function Publish({ route }: { route: Route }): JSX.Element {
  const types = useLoad((signal) => call('get', '/api/events/types', { signal }), []);
  const [type, choose] = useState(route.query.get('type') ?? '');
  const known = types.data?.types.find((x) => x.type === type);
  return (
    <Page title="Publish">
      <Shown of={types}>
        {({ types: all }) => (
          <Section title="An event">
            <div class="fields">
              <Field label="Type" value={type} on={choose} required list={all.map((x) => x.type)}
                hint={known ? `Audience: ${known.audience}. The fields below are those of its schema.` : 'Choose a type: the form follows its schema.'} />
            </div>
            <Draft key={known?.type ?? ''} type={type} schema={(known?.schema ?? { type: 'object' }) as Schema} />
          </Section>
        )}
      </Shown>
    </Page>
  );
}

function Draft({ type, schema }: { type: string; schema: Schema }): JSX.Element {
  const [data, set] = useState<Data>(() => example(schema) as Data);
  const [raw, setRaw] = useState<string | undefined>(kindOf(schema) === 'object' ? undefined : '{}');
  const [x, edit] = useState({ companyId: '', userId: '', correlationId: '', id: '', audience: '' });
  const [later, wait] = useState('');
  const [published, tell] = useState<{ seq: number; duplicate: boolean } | { delayedId: number }>();
  const on = (name: keyof typeof x) => (value: string) => edit({ ...x, [name]: value });
  const publish = async () => {
    const given = Object.fromEntries(Object.entries(x).filter(([, value]) => value !== ''));
    const content: unknown = raw === undefined ? data : JSON.parse(raw);
    tell(undefined);
    const publishAt = instant(later);
    tell(await call('post', '/api/publish', { ...(publishAt && { query: { publishAt } }), body: { type, data: content as Data, ...given } as never }));
  };
  return (
    <>
      <Form action={publish} submit="Publish" disabled={type === ''}>
        {raw === undefined ? (
          <Members schema={schema} value={data} on={(value) => set(value as Data)} />
        ) : (
          <Area label="Data, as JSON" value={raw} on={setRaw} rows={12} />
        )}
        <div class="field wide">
          <Check label="Write the data as JSON" value={raw !== undefined} on={(json) => {
            if (json) return setRaw(pretty(data));
            try {
              set(JSON.parse(raw ?? '{}') as Data);
              setRaw(undefined);
            } catch {
              // stays as text until it is JSON
            }
          }} />
        </div>
        <Field label="Company" value={x.companyId} on={on('companyId')} />
        <Field label="User" value={x.userId} on={on('userId')} />
        <Field label="Correlation" value={x.correlationId} on={on('correlationId')} />
        <Field label="Id" value={x.id} on={on('id')} hint="The same id again is stored once. Without one, the node makes one." />
        <Choice label="Audience" value={x.audience} on={on('audience')} options={[['', 'as the type says'], 'none', 'user', 'company', 'all']} />
        <Field label="Not before" type="datetime-local" value={later} on={wait} hint="Empty: at once. Until then it can be cancelled" />
      </Form>
      {published && (
        <p role="status" class="good-news">
          {'seq' in published
            ? <>{published.duplicate ? 'It was there already: ' : 'It is in the log: '}<a href={to(['events', published.seq])}>event {published.seq}</a></>
            : <>It waits for its time: <a href={to(['delayed', published.delayedId])}>delayed event {published.delayedId}</a></>}
        </p>
      )}
    </>
  );
}

/** The properties of an object; optional ones that are left empty are left out. */
function Members({ schema, value, on, depth = 0 }: { schema: Schema; value: Data; on: (value: Data) => void; depth?: number }): JSX.Element {
  const change = (name: string, to: unknown) => {
    const out = { ...value };
    if (to === undefined) delete out[name];
    else out[name] = to;
    on(out);
  };
  return (
    <>
      {Object.entries(schema.properties ?? {}).map(([name, inner]) => (
        <Member key={name} name={name} schema={inner} required={schema.required?.includes(name) ?? false} value={value[name]} on={(x) => change(name, x)} depth={depth} />
      ))}
    </>
  );
}

function Member({ name, schema, required, value, on, depth }: { name: string; schema: Schema; required: boolean; value: unknown; on: (value: unknown) => void; depth: number }): JSX.Element {
  const common = { label: name, required, hint: schema.description };
  switch (kindOf(schema, depth + 1)) {
    case 'choice':
      return <Choice {...common} value={String(value ?? '')} on={(x) => on(x === '' ? undefined : x)}
        options={[...(required ? [] : [['', '–'] as [string, string]]), ...(schema.enum as string[])]} />;
    case 'boolean':
      return <Choice {...common} value={value === undefined ? '' : String(value)} on={(x) => on(x === '' ? undefined : x === 'true')}
        options={[...(required ? [] : [['', '–'] as [string, string]]), ['true', 'yes'], ['false', 'no']]} />;
    case 'number':
    case 'integer':
      return <Field {...common} type="number" step={kindOf(schema) === 'integer' ? 1 : 'any'} min={schema.minimum} max={schema.maximum}
        value={value === undefined ? '' : String(value)} on={(x) => on(x === '' ? undefined : Number(x))} />;
    case 'text':
      return <Field {...common} value={String(value ?? '')} on={(x) => on(x === '' && !required ? undefined : x)} />;
    case 'object':
      return (
        <fieldset>
          <legend>{name}{required && ' *'}</legend>
          <Members schema={schema} value={(value ?? {}) as Data} on={(x) => on(!required && Object.keys(x).length === 0 ? undefined : x)} depth={depth + 1} />
        </fieldset>
      );
    default:
      return <JsonField {...common} value={value} on={on} />;
  }
}

function JsonField({ label, hint, required, value, on }: { label: string; hint?: string; required: boolean; value: unknown; on: (value: unknown) => void }): JSX.Element {
  const [text, edit] = useState(value === undefined ? '' : pretty(value));
  const [wrong, say] = useState(false);
  useEffect(() => {
    try {
      say(false);
      on(text.trim() === '' ? undefined : JSON.parse(text));
    } catch {
      say(true);
    }
  }, [text]);
  return <Area label={`${label}, as JSON`} required={required} rows={3} hint={wrong ? 'This is not JSON yet.' : hint} value={text} on={edit} />;
}
