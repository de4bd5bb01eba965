import type { EventSystemOptions } from 'carillon';
import type pg from 'pg';

export interface Settings {
  system: EventSystemOptions;
  /** Of PostgreSQL, as `pg` takes it; empty: PGHOST, PGUSER and so on. */
  database: pg.PoolConfig;
  /** Handles orders durably (`stock.ts`): the key has to be one of a worker then. */
  durable: boolean;
  /** Who sends it as `x-admin-token` may look at everything. */
  adminToken: string;
}

/** What application and worker have in common, of the environment. */
export function settingsOf(variables: NodeJS.ProcessEnv): Settings {
  return {
    system: {
      url: variables.CARILLON_URL ?? 'http://127.0.0.1:7070',
      adminUrl: variables.CARILLON_ADMIN_URL ?? 'http://127.0.0.1:7071',
      // Also of the worker: the ids of what both publish are unique for one service.
      service: 'shop',
      // A node that runs with `--dev` has to be told whose events it may show.
      ...(variables.CARILLON_KEY ? { key: variables.CARILLON_KEY } : { identity: { companyId: 'c-1' } }),
      onError: (error, about) => { console.error(`${about.subscription}: ${error.message}`); },
    },
    database: {},
    durable: variables.SHOP_DURABLE === '1',
    adminToken: variables.SHOP_ADMIN_TOKEN ?? 'secret',
  };
}
