// Pieces that all views are made of.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Problem, said } from '../api';
import { ago, moment, pretty } from '../format';
import { words } from './words';

type Children = { children?: ComponentChildren };

/** A view: its heading gets the focus when it opens, so that a screen reader says where one is. */
export function Page({ title, actions, children }: Children & { title: string; actions?: ComponentChildren }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Carillon`;
  }, [title]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  return (
    <>
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

export function Section({ title, actions, children }: Children & { title: string; actions?: ComponentChildren }): JSX.Element {
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>{title}</h2>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** A link to another view, or to a page of http(s); any other address is shown as text. */
export function Link({ to, children, label }: Children & { to: string; label?: string }): JSX.Element {
  if (to.startsWith('#/')) return <a href={to} aria-label={label}>{children}</a>;
  if (isWebAddress(to)) return <a href={to} target="_blank" rel="noopener noreferrer" aria-label={label}>{children}</a>;
  return <span>{children}</span>;
}

export function isWebAddress(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

export function Fault({ error }: { error: unknown }): JSX.Element | null {
  if (!error) return null;
  const forbidden = error instanceof Problem && error.status === 403;
  return (
    <p class={forbidden ? 'note' : 'fault'} role={forbidden ? 'note' : 'alert'}>
      {forbidden ? words.mayNot : words.didNotWork}
      {said(error)}
    </p>
  );
}

export const Waiting = (): JSX.Element => <p class="quiet" role="status">{words.loading}</p>;

/** What was loaded, or why not. */
export function Shown<T>({ of, children }: { of: { data: T | undefined; error: unknown; pending: boolean }; children: (x: T) => ComponentChildren }): JSX.Element {
  return (
    <>
      <Fault error={of.error} />
      {of.data !== undefined ? children(of.data) : of.pending && !of.error ? <Waiting /> : null}
    </>
  );
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';
export const Badge = ({ tone = 'plain', children }: Children & { tone?: Tone }): JSX.Element => <span class={`badge ${tone}`}>{children}</span>;

export function Time({ at, relative }: { at: string | null | undefined; relative?: boolean }): JSX.Element {
  if (!at) return <>–</>;
  return <time dateTime={at} title={at}>{relative ? ago(at) : moment(at)}</time>;
}

export const Json = ({ value, label }: { value: unknown; label: string }): JSX.Element => (
  <pre class="json" tabIndex={0} role="region" aria-label={label}>{typeof value === 'string' ? value : pretty(value)}</pre>
);

export interface Column<T> {
  head: ComponentChildren;
  cell: (row: T) => ComponentChildren;
  /** Right aligned. */
  number?: boolean;
  /** Left out on narrow screens. */
  extra?: boolean;
}

/** A table that scrolls by itself where it is wider than the screen. */
export function Table<T>({ caption, columns, rows, id, none = words.nothing }: {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string | number;
  none?: string;
}): JSX.Element {
  if (rows.length === 0) return <p class="quiet">{none}</p>;
  const kind = (x: Column<T>) => `${x.number ? 'number' : ''} ${x.extra ? 'extra' : ''}`;
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((x, i) => <th key={i} scope="col" class={kind(x)}>{x.head}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)}>{columns.map((x, i) => <td key={i} class={kind(x)}>{x.cell(row)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const Facts = ({ rows }: { rows: [string, ComponentChildren][] }): JSX.Element => (
  <dl class="facts">
    {rows.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value ?? '–'}</dd>
      </div>
    ))}
  </dl>
);

export const Tile = ({ name, value, hint, tone }: { name: string; value: ComponentChildren; hint?: ComponentChildren; tone?: Tone }): JSX.Element => (
  <div class={`tile ${tone ?? ''}`}>
    <div class="tile-name">{name}</div>
    <div class="tile-value">{value}</div>
    {hint && <div class="tile-hint">{hint}</div>}
  </div>
);

export function Progress({ done, all, label }: { done: number; all: number; label: string }): JSX.Element {
  const percent = all > 0 ? Math.min(100, Math.round((done / all) * 100)) : 0;
  return (
    <span class="progress">
      <progress max={100} value={percent} aria-label={label} /> {percent} %
    </span>
  );
}
