import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import { count, line } from '../format';
import { type Route, to } from '../router';
import { type Tail, emptyTail, follow, maxRows } from '../tail';
import { filterFault } from '../ui/filter';
import { Fault, Page, Time } from '../ui/parts';
import { type Event, EventFilters, filterOf } from './events';

const Row = memo(({ x }: { x: Event }) => (
  <tr>
    <td class="number"><a href={to(['events', x.seq])}>{x.seq}</a></td>
    <td><Time at={x.recordedAt} /></td>
    <td><code>{x.type}</code></td>
    <td class="extra">{x.companyId ?? '–'}</td>
    <td class="extra"><code class="cut">{line(x.data)}</code></td>
  </tr>
), (a, b) => a.x.seq === b.x.seq);

export function LiveTail({ route: { query } }: { route: Route }): JSX.Element {
  const [tail, show] = useState<Tail>(emptyTail);
  const [paused, pause] = useState(false);
  const isPaused = useRef(false);
  isPaused.current = paused;
  const { id: _, types, ...rest } = filterOf(query);
  const filter = { ...rest, types: types?.replace(/\s+/g, '') };
  useEffect(() => {
    show(emptyTail);
    const stop = new AbortController();
    void follow(filter, () => isPaused.current, show, stop.signal);
    return () => stop.abort();
  }, [query.toString()]);
  const filtered = Object.values(filter).some(Boolean);
  const fault = filterFault(tail.error);
  return (
    <Page title="Live tail" actions={<>
      <button type="button" class="first" aria-pressed={paused} onClick={() => pause(!paused)}>{paused ? 'Go on' : 'Pause'}</button>
      <a class="button" href={to(['events'], filterOf(query))}>History</a>
    </>}>
      <EventFilters key={query.toString()} query={query} path={['events', 'live']} dates={false} fault={fault} />
      <Fault error={fault ? undefined : tail.error} />
      <p id="tail-counts">
        {paused ? 'Paused.' : 'Following the log.'} {count(tail.received)} new events, at position {count(tail.position)};
        the newest {maxRows} are kept.{' '}
        <strong class={tail.dropped > 0 ? 'warned' : ''}>
          {tail.dropped > 0 ? `${count(tail.dropped)} ${filtered ? 'positions were left out' : 'were not shown'}: more came than a page can show.` : 'None was left out.'}
        </strong>
      </p>
      <div class="scroll tall" role="region" aria-label="Live events" tabIndex={0}>
        <table>
          <caption class="hidden">Live events, the newest first</caption>
          <thead>
            <tr>
              <th scope="col" class="number">Position</th><th scope="col">Recorded</th><th scope="col">Type</th>
              <th scope="col" class="extra">Company</th><th scope="col" class="extra">Data</th>
            </tr>
          </thead>
          <tbody>{tail.rows.map((x) => <Row key={x.seq} x={x} />)}</tbody>
        </table>
      </div>
    </Page>
  );
}
