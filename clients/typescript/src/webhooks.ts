import { withFilter, type MessageTemplate, type PayloadFilter } from './filter.js';
import type { Port } from './http.js';
import { secretFrom } from './signature.js';
import type { EventPattern } from './types.js';

export interface WebhookSettings {
  /** Only events of this company; absent = all. */
  companyId?: string;
  url: string;
  /** None = every type. */
  types?: readonly EventPattern[];
  /** Any text, see `secretFrom`. Without it, the node makes one. */
  secret?: string;
  kind?: 'hmac' | 'ed25519';
  ordered?: boolean;
  maxInFlight?: number;
  ratePerSecond?: number;
  /** Pauses between attempts, in seconds. */
  retrySchedule?: readonly number[];
  headers?: Readonly<Record<string, string>>;
  description?: string;
  privateTargets?: boolean;
  /** Which of the events of these types, by what is in them. `null` = all. */
  filter?: PayloadFilter | null;
  /** What is sent; `null` = the standard message. */
  message?: MessageTemplate | null;
}

/** Which of the newest events a webhook would be sent. */
export interface WebhookTrial {
  examined: number;
  matched: number;
  ofOtherTypes: number;
  excluded: number;
  from: number | null;
  to: number | null;
  events: { seq: number; id: string; type: string; time: string; companyId: string | null }[];
}

export interface Webhook {
  id: number;
  companyId: string | null;
  url: string;
  types: string[];
  enabled: boolean;
  disabledReason: 'operator' | 'gone' | 'failing' | null;
  failingSince: string | null;
  ordered: boolean;
  maxInFlight: number;
  ratePerSecond: number;
  retrySchedule: number[];
  headers: Record<string, string>;
  description: string;
  privateTargets: boolean;
  filter: PayloadFilter | null;
  message: MessageTemplate | null;
  createdAt: string;
  updatedAt: string;
  warnings?: string[];
}

export interface CreatedWebhook extends Webhook {
  /** Shown this once. */
  secret: string;
  /** Beside an Ed25519 secret. */
  publicKey?: string;
}

/** The webhooks of a node, by its admin port. */
export class Webhooks {
  readonly #admin: () => Port;

  constructor(admin: () => Port) {
    this.#admin = admin;
  }

  /**
   * Registers a webhook for what is published from now on, and returns its id. A URL that the company has
   * already is the same webhook: its types are changed if they differ, its secret stays. `null` as the
   * company stands for all companies.
   */
  async register(companyId: string | null, url: string, types: readonly EventPattern[], secret?: string): Promise<number> {
    const wantedUrl = new URL(url).href;
    const known = (await this.list(companyId ?? undefined)).find((webhook) => webhook.companyId === companyId && new URL(webhook.url).href === wantedUrl);
    if (known) {
      const same = [...known.types].sort().join() === [...types].sort().join();
      if (!same) await this.update(known.id, { types });
      return known.id;
    }
    const created = await this.create({ url, types, ...(companyId === null ? {} : { companyId }), ...(secret === undefined ? {} : { secret }) });
    return created.id;
  }

  /** Registers a webhook with all its settings. The answer has the secret, once. */
  create(settings: WebhookSettings): Promise<CreatedWebhook> {
    const body = withFilter(settings.secret === undefined ? settings : { ...settings, secret: secretFrom(settings.secret) });
    return this.#admin().json({ method: 'POST', path: '/api/events/webhooks', body });
  }

  /** Deletes a webhook; what it has not delivered is not sent. Throws `not_found` if there is none. */
  async unregister(id: number | string): Promise<void> {
    await this.#admin().call({ method: 'DELETE', path: `/api/events/webhooks/${encodeURIComponent(id)}` });
  }

  /** All webhooks, or those of a company. */
  async list(companyId?: string): Promise<Webhook[]> {
    const webhooks: Webhook[] = [];
    let cursor: string | null = null;
    do {
      const page: { webhooks: Webhook[]; nextCursor: string | null } = await this.#admin().json({
        path: '/api/events/webhooks',
        query: { companyId, limit: 1_000, cursor },
      });
      webhooks.push(...page.webhooks);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return webhooks;
  }

  /** Changes what is given; the rest stays. */
  update(id: number | string, change: Omit<Partial<WebhookSettings>, 'companyId' | 'kind'>): Promise<Webhook> {
    const body = withFilter(change.secret === undefined || change.secret === 'new' ? change : { ...change, secret: secretFrom(change.secret) });
    return this.#admin().json({ method: 'PATCH', path: `/api/events/webhooks/${encodeURIComponent(id)}`, body });
  }

  /** Another secret; the present one signs as well for a while. */
  rotateSecret(id: number | string, secret?: string, graceSeconds?: number): Promise<{ secret: string; oldExpiresAt: string }> {
    const body = { ...(secret === undefined ? {} : { secret: secretFrom(secret) }), ...(graceSeconds === undefined ? {} : { graceSeconds }) };
    return this.#admin().json({ method: 'POST', path: `/api/events/webhooks/${encodeURIComponent(id)}/rotate-secret`, body });
  }

  enable(id: number | string): Promise<Webhook> {
    return this.#admin().json({ method: 'POST', path: `/api/events/webhooks/${encodeURIComponent(id)}/enable` });
  }

  disable(id: number | string): Promise<Webhook> {
    return this.#admin().json({ method: 'POST', path: `/api/events/webhooks/${encodeURIComponent(id)}/disable` });
  }

  /** Which of the newest 1,000 events it would be sent: by its own settings, or by those given. Sends none. */
  match(id: number | string, tried: { types?: readonly EventPattern[]; filter?: PayloadFilter | null } = {}): Promise<WebhookTrial> {
    return this.#admin().json({ method: 'POST', path: `/api/events/webhooks/${encodeURIComponent(id)}/match`, body: withFilter(tried) });
  }

  /** Sends a test event at once, and answers what came of it. */
  test(id: number | string): Promise<{ outcome: string; status: number | null; nextReason: string }> {
    return this.#admin().json({ method: 'POST', path: `/api/events/webhooks/${encodeURIComponent(id)}/test` });
  }
}
