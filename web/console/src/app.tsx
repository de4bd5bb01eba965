// The frame of all views: sign in, navigation, keys.
import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { Problem, type Schemas, call, hasKey, said, setKey, whenUnauthenticated } from './api';
import { type Caller, CallerContext } from './caller';
import { returnToPlace, keepPlace } from './place';
import { go, useRoute } from './router';
import * as sampler from './sampler';
import { type Choice, choose, chosen } from './theme';
import { Dialog, Field } from './ui/forms';
import { Toasts } from './ui/toasts';
import { type View, views, viewOf } from './views';

type State = { kind: 'asking' } | { kind: 'out'; why: string } | { kind: 'in'; caller: Caller };

export function App(): JSX.Element {
  const [state, set] = useState<State>({ kind: 'asking' });
  const signIn = useCallback(async () => {
    try {
      const caller = await call('get', '/api/me');
      returnToPlace();
      set({ kind: 'in', caller });
    } catch (error) {
      const expected = error instanceof Problem && error.status === 401;
      set({ kind: 'out', why: expected && !hasKey() ? '' : said(error) });
    }
  }, []);
  useEffect(() => {
    whenUnauthenticated(() => {
      sampler.stop();
      set((x) => (x.kind === 'in' ? { kind: 'out', why: 'The key or the sign-in is not valid any more.' } : x));
    });
    void signIn();
  }, [signIn]);
  const whole = state.kind === 'in' && state.caller.companyId === null;
  useEffect(() => {
    if (!whole) return undefined;
    sampler.start();
    return () => sampler.stop();
  }, [whole]);

  if (state.kind === 'asking') return <main class="sign-in"><p role="status">Loading…</p></main>;
  if (state.kind === 'out') return <SignIn why={state.why} done={signIn} />;
  const signOut = async () => {
    if (hasKey()) {
      setKey('');
      return set({ kind: 'out', why: '' });
    }
    try {
      await call('post', '/api/sso/logout');
      set({ kind: 'out', why: '' });
    } catch (error) {
      set({ kind: 'out', why: said(error) });
    }
  };
  return (
    <CallerContext.Provider value={state.caller}>
      <Frame caller={state.caller} signOut={() => void signOut()} />
    </CallerContext.Provider>
  );
}

function SignIn({ why, done }: { why: string; done: () => Promise<void> }): JSX.Element {
  const [key, edit] = useState('');
  const [provider, offer] = useState<Schemas['SignIn']>();
  useEffect(() => {
    document.title = 'Sign in · Carillon';
    // Without an answer the field for a key is all that there is.
    call('get', '/api/sso').then(offer, () => undefined);
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    setKey(key.trim());
    edit('');
    void done();
  };
  return (
    <main class="sign-in">
      <h1>Carillon</h1>
      <form onSubmit={submit}>
        <Field label="API key" type="password" value={key} on={edit} required
          hint="The first start of the node prints one of the role admin; `carillon keys create` makes more. It is kept in this tab only." />
        {why && <p class="fault" role="alert">{why}</p>}
        <button type="submit" class="first">Sign in</button>
      </form>
      {provider?.enabled && isOwnPage(provider.loginUrl) && (
        <p>
          <button type="button" onClick={() => {
            keepPlace();
            location.assign(provider.loginUrl!);
          }}>Sign in with single sign-on</button> <small>{provider.issuer}</small>
        </p>
      )}
    </main>
  );
}

/** The sign-in begins at the node; no answer sends a browser anywhere else, or runs a text. */
function isOwnPage(url: string | null): url is string {
  try {
    return url !== null && new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

/** g and a letter go to a view, ? shows them all; never while somebody types. */
function useKeys(available: View[], help: () => void, menu: () => void): void {
  useEffect(() => {
    let begun = 0;
    const press = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement | null;
      if (event.ctrlKey || event.altKey || event.metaKey || at?.closest('input, textarea, select, dialog')) return;
      if (event.key === '?') help();
      else if (event.key === '/') {
        const field = document.querySelector<HTMLElement>('main input');
        if (field) {
          event.preventDefault();
          field.focus();
        }
      } else if (event.key === 'Escape') menu();
      else if (event.key === 'g') begun = Date.now();
      else if (Date.now() - begun < 1500) {
        begun = 0;
        const view = available.find((x) => x.letter === event.key);
        if (view) go(view.path);
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [available]);
}

function Frame({ caller, signOut }: { caller: Caller; signOut: () => void }): JSX.Element {
  const route = useRoute();
  const [open, setOpen] = useState(false);
  const [helping, setHelping] = useState(false);
  const available = useMemo(() => (caller.companyId === null ? views : views.filter((x) => !x.wholeNode)), [caller]);
  useKeys(available, () => setHelping(true), () => setOpen(false));
  useEffect(() => setOpen(false), [route]);
  const { view, key } = viewOf(route, available);
  const Body = view.body;
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(e) => {
        e.preventDefault();
        document.querySelector<HTMLElement>('h1')?.focus();
      }}>Skip to the contents</a>
      <header>
        <button type="button" class="menu" aria-expanded={open} aria-controls="nav" onClick={() => setOpen(!open)}>Menu</button>
        <a class="brand" href="#/">Carillon</a>
        <span class="who">
          {caller.name ?? 'without a key'} · {caller.role}{caller.companyId !== null && <> · company {caller.companyId}</>}
        </span>
        <ThemeChoice />
        <button type="button" onClick={() => setHelping(true)} aria-label="Keys">?</button>
        {(hasKey() || caller.subject !== null) && <button type="button" onClick={signOut}>Sign out</button>}
      </header>
      <nav id="nav" class={open ? 'open' : ''} aria-label="Views">
        <ul>
          {available.filter((x) => x.name).map((x) => (
            <li key={x.name}>
              <a href={`#/${x.path.join('/')}`} aria-current={x.path[0] === view.path[0] ? 'page' : undefined}>{x.name}</a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main"><Body key={key} route={route} /></main>
      <Toasts />
      {helping && (
        <Dialog title="Keys" close={() => setHelping(false)}>
          <dl class="facts">
            <div><dt><kbd>/</kbd></dt><dd>the first field of the view</dd></div>
            <div><dt><kbd>?</kbd></dt><dd>this list</dd></div>
            {available.filter((x) => x.letter).map((x) => (
              <div key={x.letter}><dt><kbd>g</kbd> <kbd>{x.letter}</kbd></dt><dd>{x.name}</dd></div>
            ))}
          </dl>
          <button type="button" class="first" onClick={() => setHelping(false)}>Close</button>
        </Dialog>
      )}
    </div>
  );
}

function ThemeChoice(): JSX.Element {
  const [choice, set] = useState<Choice>(chosen());
  return (
    <select aria-label="Colours" value={choice} onChange={(e) => {
      const next = e.currentTarget.value as Choice;
      set(next);
      choose(next);
    }}>
      <option value="auto">as the system</option>
      <option value="light">light</option>
      <option value="dark">dark</option>
    </select>
  );
}
