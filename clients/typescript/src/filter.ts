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

/**
 * The filter as its JSON text. A member without a value would disappear in it, and the filter select more.
 * @throws TypeError if a member is `undefined`, or a number that JSON does not have
 */
export function filterText(filter: PayloadFilter): string {
  return JSON.stringify(filter, (name, value: unknown) => {
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) throw new TypeError(`filter: ${name} has no value`);
    return value;
  });
}

/** The same settings, whose filter was checked as by `filterText`. */
export function withFilter<T extends { filter?: PayloadFilter | null | undefined }>(settings: T): T {
  if (settings.filter) filterText(settings.filter);
  return settings;
}

/** What a webhook is sent in place of the standard message: Mustache, see docs/filters.md. */
export type MessageTemplate =
  | { format: 'slack' | 'teams' | 'discord' | 'text'; template: string }
  | { format: 'json'; template: Readonly<Record<string, unknown>> }
  | { format: 'form'; template: Readonly<Record<string, string>> };
