// Fields, buttons, and what happens when one is pressed.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { said } from '../api';
import { useMay } from '../caller';
import { Fault } from './parts';
import { tell } from './toasts';
import { words } from './words';

interface Common {
  label: string;
  name?: string;
  hint?: string;
  required?: boolean;
  value: string;
  on: (value: string) => void;
}

export function Field({ label, hint, value, on, type = 'text', required, name, pattern, min, max, step, placeholder, list }: Common & {
  type?: string;
  pattern?: string;
  min?: number;
  max?: number;
  step?: number | string;
  placeholder?: string;
  list?: string[];
}): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}{required && <span aria-hidden="true"> *</span>}</label>
      <input id={id} name={name} type={type} value={value} required={required} pattern={pattern} min={min} max={max} step={step}
        placeholder={placeholder} list={list ? `${id}-list` : undefined} aria-describedby={hint ? `${id}-hint` : undefined}
        autocomplete="off" spellcheck={false} onInput={(e) => on(e.currentTarget.value)} />
      {list && <datalist id={`${id}-list`}>{list.map((x) => <option key={x} value={x} />)}</datalist>}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

export function Area({ label, hint, value, on, required, rows = 6 }: Common & { rows?: number }): JSX.Element {
  const id = useId();
  return (
    <div class="field wide">
      <label for={id}>{label}{required && <span aria-hidden="true"> *</span>}</label>
      <textarea id={id} rows={rows} value={value} required={required} spellcheck={false} aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(e) => on(e.currentTarget.value)} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

export function Choice({ label, hint, value, on, options, required }: Common & { options: (string | [string, string])[] }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}{required && <span aria-hidden="true"> *</span>}</label>
      <select id={id} value={value} required={required} aria-describedby={hint ? `${id}-hint` : undefined} onChange={(e) => on(e.currentTarget.value)}>
        {options.map((x) => {
          const [key, text] = typeof x === 'string' ? [x, x] : x;
          return <option key={key} value={key}>{text}</option>;
        })}
      </select>
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

export function Check({ label, value, on }: { label: string; value: boolean; on: (value: boolean) => void }): JSX.Element {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(e) => on(e.currentTarget.checked)} /> {label}
    </label>
  );
}

/** A form that runs an action; what the node refuses is said in it. */
export function Form({ action, submit, children, disabled, reads }: {
  action: () => Promise<string | void>;
  submit: string;
  children: ComponentChildren;
  disabled?: boolean;
  /** The action changes nothing, so a reader may use it. */
  reads?: boolean;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const may = useMay() || reads;
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      const done = await action();
      if (done) tell(done);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(e) => void run(e)}>
      <div class="fields">{children}</div>
      <Fault error={error} />
      <div class="actions">
        <button type="submit" class="first" disabled={busy || disabled || !may}>{busy ? words.wait : submit}</button>
        {!may && <small>{words.needsAdmin}</small>}
      </div>
    </form>
  );
}

/** A button that changes something; with `ask` it asks first. */
export function Act({ children, run, ask, label, danger, reads, disabled }: {
  children: ComponentChildren;
  /** Answers what to tell. */
  run: () => Promise<string | void>;
  ask?: string;
  /** For screen readers, where several buttons have the same text. */
  label?: string;
  danger?: boolean;
  reads?: boolean;
  disabled?: boolean;
}): JSX.Element | null {
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const may = useMay();
  if (!may && !reads) return null;
  const go = async () => {
    setAsking(false);
    setBusy(true);
    try {
      const done = await run();
      if (done) tell(done);
    } catch (error) {
      tell(said(error), true);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class={danger ? 'danger' : ''} aria-label={label} disabled={busy || disabled} onClick={() => (ask ? setAsking(true) : void go())}>
        {busy ? words.wait : children}
      </button>
      {asking && ask && (
        <Dialog title={words.sure} close={() => setAsking(false)}>
          <p>{ask}</p>
          <div class="actions">
            <button type="button" class={danger ? 'danger' : 'first'} onClick={() => void go()}>{children}</button>
            <button type="button" onClick={() => setAsking(false)}>{words.leave}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}

let place: (dialog: HTMLDialogElement, opener: Element | null) => void = () => {};

/** For a page in a frame as high as itself, where the middle may be out of sight. */
export function placeDialogs(by: typeof place): void {
  place = by;
}

export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    if (dialog.current) place(dialog.current, opener);
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={close} onCancel={close}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** A secret that the node shows once. */
export function Secret({ title, text, close, note }: { title: string; text: string; close: () => void; note: string }): JSX.Element {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      tell(words.copied);
    } catch {
      tell(words.cannotCopy, true);
    }
  };
  return (
    <Dialog title={title} close={close}>
      <p>{note}</p>
      <pre class="json" tabIndex={0} role="region" aria-label={title}>{text}</pre>
      <div class="actions">
        <button type="button" class="first" onClick={() => void copy()}>{words.copy}</button>
        <button type="button" onClick={close}>{words.haveIt}</button>
      </div>
    </Dialog>
  );
}

/** First page, next page: the cursor is part of the address. */
export function Pager({ next, first, to }: { next: string | null | undefined; first: boolean; to: (cursor: string) => string }): JSX.Element | null {
  if (first && !next) return null;
  return (
    <nav class="pager" aria-label={words.pages}>
      {!first && <a href={to('')}>{words.firstPage}</a>}
      {next && <a href={to(next)}>{words.nextPage}</a>}
    </nav>
  );
}
