/** A value that a member of an event is compared with. */
export type FilterValue = string | number | boolean | null;

/** What holds for a member; all of it has to. */
export interface FilterCondition {
  $eq?: FilterValue;
  $ne?: FilterValue;
  $gt?: string | number;
  $gte?: string | number;
  $lt?: string | number;
  $lte?: string | number;
  $in?: readonly FilterValue[];
  $nin?: readonly FilterValue[];
  $exists?: boolean;
  $startsWith?: string;
  $endsWith?: string;
  $not?: FilterCondition | FilterValue;
}

/**
 * What is in an event: `{'data.total': {$gt: 100}}`. Paths lead into `data`, with dots or as JSON pointers
 * (`/data/a.b`), or name `id`, `type`, `source`, `companyId`, `userId`, `correlationId` or `causationId`. See
 * docs/filters.md.
 */
export interface PayloadFilter {
  $and?: readonly PayloadFilter[];
  $or?: readonly PayloadFilter[];
  $not?: PayloadFilter;
  readonly [path: string]: FilterCondition | FilterValue | PayloadFilter | readonly PayloadFilter[] | undefined;
}

/** What a webhook is sent in place of the standard message: Mustache, see docs/filters.md. */
export type MessageTemplate =
  | { format: 'slack' | 'teams' | 'discord' | 'text'; template: string }
  | { format: 'json'; template: Readonly<Record<string, unknown>> }
  | { format: 'form'; template: Readonly<Record<string, string>> };
