import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../../api';
import { go, to } from '../../router';
import { Area, Check, Choice, Field, Form, Secret } from '../../ui/forms';
import { t } from '../texts';
import { View } from './parts';
import { TypesChoice, headersOf } from './settings';

export function NewEndpoint(): JSX.Element {
  const [x, edit] = useState({ url: '', description: '', types: [] as string[], kind: 'hmac', headers: '', ordered: false });
  const [made, show] = useState<Schemas['CreatedWebhook']>();
  const register = async () => {
    const { url, description, types, ordered } = x;
    const headers = headersOf(x.headers);
    show(await call('post', '/api/events/webhooks', {
      body: { url: url.trim(), description, types, ordered, kind: x.kind as 'hmac', ...(Object.keys(headers).length > 0 && { headers }) } as never,
    }));
  };
  const note = made?.warnings?.length ? ` ${t('warnings', made.warnings.join('; '))}` : '';
  return (
    <View title={t('add')} back={[to(['endpoints']), t('endpoints')]}>
      <p>{t('addNote')}</p>
      <Form action={register} submit={t('register')}>
        <Field label={t('address')} type="url" value={x.url} on={(url) => edit({ ...x, url })} required placeholder="https://receiver.example/hook" />
        <Field label={t('description')} value={x.description} on={(description) => edit({ ...x, description })} />
        <TypesChoice value={x.types} on={(types) => edit({ ...x, types })} />
        <Choice label={t('signature')} value={x.kind} on={(kind) => edit({ ...x, kind })} options={[['hmac', t('hmac')], ['ed25519', t('ed25519')]]} />
        <div class="field"><Check label={t('ordered')} value={x.ordered} on={(ordered) => edit({ ...x, ordered })} /></div>
        <Area label={t('headers')} rows={2} value={x.headers} on={(headers) => edit({ ...x, headers })} hint={t('headersHint')} />
      </Form>
      {made && (
        <Secret title={t('secret')} text={[made.secret, made.publicKey].filter(Boolean).join('\n')} note={t('secretNote') + note}
          close={() => go(['endpoints', made.id])} />
      )}
    </View>
  );
}
