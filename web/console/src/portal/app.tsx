// The frame of the portal: asks the application for a token, and shows what it allows.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { CallerContext } from '../caller';
import { type Route, to, useRoute } from '../router';
import { Toasts } from '../ui/toasts';
import { listen, tellHeight } from './bridge';
import { look } from './look';
import { TokenContext, useRight } from './rights';
import { type State, begin, start, take } from './session';
import { type Language, languageOf, setLanguage, t } from './texts';
import { DeliveryView } from './views/delivery';
import { Endpoint } from './views/endpoint';
import { Endpoints } from './views/endpoints';
import { NewEndpoint } from './views/new';
import { Types } from './views/types';

const asked = new URLSearchParams(location.search);
const first = languageOf(asked.get('lang') ?? navigator.language);
setLanguage(first);

export function App(): JSX.Element {
  const [state, set] = useState<State>({ kind: 'asking' });
  const [language, speak] = useState<Language>(first);
  useEffect(() => {
    listen({
      token: take,
      theme: look,
      language: (x) => {
        setLanguage(languageOf(x));
        speak(languageOf(x));
      },
    });
    tellHeight();
    start(set);
  }, []);

  if (state.kind === 'alone') return <Notice key={language}><p>{t('alone')}</p></Notice>;
  if (state.kind === 'asking') return <Notice key={language}><p role="status">{t('waiting')}</p></Notice>;
  if (state.kind === 'out')
    return (
      <Notice key={language}>
        <p class="note" role="alert">{t(state.why)}</p>
        <button type="button" class="first" onClick={() => void begin()}>{t('again')}</button>
      </Notice>
    );
  // Another company is another page: nothing of the former one stays.
  return (
    <CallerContext.Provider value={state.caller}>
      <TokenContext.Provider value={state.caller}>
        <Body key={`${language} ${state.caller.companyId}`} />
      </TokenContext.Provider>
    </CallerContext.Provider>
  );
}

const Notice = ({ children }: { children: ComponentChildren }): JSX.Element => (
  <main>
    <h1 class="hidden">{t('title')}</h1>
    {children}
  </main>
);

function Body(): JSX.Element {
  const route = useRoute();
  const tabs: [string, string][] = [['endpoints', t('endpoints')], ['types', t('types')]];
  const at = route.segments[0] === 'types' ? 'types' : 'endpoints';
  return (
    <>
      <nav class="tabs" aria-label={t('sections')}>
        {tabs.map(([path, name]) => (
          <a key={path} href={to([path])} aria-current={at === path ? 'page' : undefined}>{name}</a>
        ))}
      </nav>
      <main><View key={route.segments.join('/')} route={route} /></main>
      <Toasts />
    </>
  );
}

function View({ route }: { route: Route }): JSX.Element {
  const [name, id] = route.segments;
  const mayAdd = useRight('endpoints');
  const maySee = useRight('deliveries');
  if (name === 'types') return <Types />;
  if (name === 'endpoints' && id === 'new' && mayAdd) return <NewEndpoint />;
  if (name === 'endpoints' && id && /^\d+$/.test(id)) return <Endpoint id={Number(id)} query={route.query} />;
  if (name === 'deliveries' && id && maySee) return <DeliveryView id={id} />;
  return <Endpoints query={route.query} />;
}
