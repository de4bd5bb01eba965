// One attempt to call a receiver: what came of it, how long each part took, and why the next comes when.
import type { JSX } from 'preact';
import type { Schemas } from '../api';
import { brief } from '../format';
import { Badge, Facts, Json, Time } from '../ui/parts';
import { asSentence, asWord, put, words } from '../ui/words';

type Attempt = Schemas['Attempt'];
type Phase = { name: string; from: number; to: number };

/** Each phase from the end of the one before to its own; those that were not needed are left out. */
export function phasesOf({ phases }: Attempt): Phase[] {
  const ends: [string, number | null][] = [
    [words.phaseDns, phases.dnsMs], [words.phaseConnect, phases.connectMs], [words.phaseTls, phases.tlsMs], [words.phaseFirstByte, phases.firstByteMs], [words.phaseRest, phases.totalMs],
  ];
  const out: Phase[] = [];
  let from = 0;
  for (const [name, end] of ends) {
    if (end === null || end <= from) continue;
    out.push({ name, from, to: end });
    from = end;
  }
  return out;
}

function Timeline({ x }: { x: Attempt }): JSX.Element | null {
  const phases = phasesOf(x);
  const all = phases.at(-1)?.to ?? 0;
  if (all <= 0) return <p class="quiet">{words.nothingMeasured}</p>;
  return (
    <ol class="timeline" aria-label={words.phases}>
      {phases.map((y, i) => (
        <li key={y.name}>
          <span class="phase">{y.name}</span>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect class={`c${i}`} x={(y.from / all) * 100} y="0" height="8" width={Math.max(0.5, ((y.to - y.from) / all) * 100)} />
          </svg>
          <span class="took">{brief(y.to - y.from)} ms</span>
        </li>
      ))}
    </ol>
  );
}

export function AttemptView({ x }: { x: Attempt }): JSX.Element {
  return (
    <article class="attempt">
      <h3>
        {put(words.attempt, x.number)}: <Badge tone={x.outcome === 'delivered' ? 'good' : 'bad'}>{asWord(x.outcome)}</Badge>{' '}
        {x.status !== null && <span>{put(words.status, x.status)}</span>}
      </h3>
      <p class="why"><strong>{words.next}</strong> {asSentence(x.nextReason)}{x.nextAttemptAt && <> (<Time at={x.nextAttemptAt} />)</>}</p>
      <Timeline x={x} />
      <Facts rows={[
        [words.at, <Time at={x.at} />],
        [words.because, asWord(x.trigger)],
        [words.address, <code>{x.url}</code>],
        [words.reached, x.remoteAddress ?? words.nobody],
        ...(x.error ? [[words.error, <span class="error-text">{x.error}</span>] as [string, JSX.Element]] : []),
      ]} />
      {x.responseBody && <Json label={put(words.answerTo, x.number)} value={x.responseBody} />}
    </article>
  );
}
