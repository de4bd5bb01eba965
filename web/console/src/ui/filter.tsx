// The field for what is in events: a filter of docs/filters.md as JSON, with what is wrong with it beside it.
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Problem, said } from '../api';

/** What the node, or this page, says about a filter; empty for another problem. */
export const filterFault = (problem: unknown): string | undefined =>
  problem instanceof Problem && (problem.field === 'filter' || problem.field?.startsWith('filter/')) ? said(problem) : undefined;

/** The text of a filter; `null` if it is empty. Throws a `Problem` if it is no JSON. */
export function filterText(text: string): string {
  if (text.trim() === '') return 'null';
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'malformed_json', `filter: ${error instanceof Error ? error.message : 'it is no JSON'}`, 'filter');
  }
  return text;
}

/** A body with a filter, whose numbers keep all their digits. */
export const withFilter = (body: object, filter: string): string => {
  const text = JSON.stringify(body);
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"filter":${filterText(filter)}}`;
};

/** Keeps the refusal of a filter for its field; other problems are thrown on. */
export function useFilterFault(): [string | undefined, <T>(run: () => Promise<T>) => Promise<T | undefined>] {
  const [fault, set] = useState<string>();
  const guard = async <T,>(run: () => Promise<T>): Promise<T | undefined> => {
    set(undefined);
    try {
      return await run();
    } catch (problem) {
      const beside = filterFault(problem);
      if (beside === undefined) throw problem;
      set(beside);
      return undefined;
    }
  };
  return [fault, guard];
}

export function FilterField({ value, on, fault }: { value: string; on: (value: string) => void; fault: string | undefined }): JSX.Element {
  const id = useId();
  return (
    <div class="field wide">
      <label for={id}>Filter</label>
      <textarea id={id} rows={value.length > 80 ? 4 : 2} value={value} spellcheck={false} aria-invalid={fault !== undefined}
        aria-describedby={fault ? `${id}-fault ${id}-hint` : `${id}-hint`} onInput={(e) => on(e.currentTarget.value)} />
      {fault && <small id={`${id}-fault`} class="fault" role="alert">{fault}</small>}
      <small id={`${id}-hint`}>{'What is in them, as JSON: {"data.total": {"$gt": 100}}; empty: all'}</small>
    </div>
  );
}
