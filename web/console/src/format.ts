// Numbers, times and texts for people.

import { put, words } from './ui/words';

let whole = new Intl.NumberFormat('en');
let short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
let clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** Numbers and times in another language from now on. */
export function setLocale(numbers: string, times: string): void {
  whole = new Intl.NumberFormat(numbers);
  short = new Intl.NumberFormat(numbers, { maximumSignificantDigits: 3 });
  clock = new Intl.DateTimeFormat(times, { dateStyle: 'medium', timeStyle: 'medium' });
}

export const count = (x: number | undefined | null): string => (x === undefined || x === null || Number.isNaN(x) ? '–' : whole.format(x));
export const brief = (x: number | undefined | null): string => (x === undefined || x === null || Number.isNaN(x) ? '–' : short.format(x));

/** "1 event", "2 events". */
export const some = (x: number, one: string): string => `${count(x)} ${one}${x === 1 ? '' : 's'}`;

export function bytes(x: number | undefined): string {
  if (x === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (x >= 1024 && at < units.length - 1) {
    x /= 1024;
    at += 1;
  }
  return `${short.format(x)} ${units[at]}`;
}

export function seconds(x: number | undefined | null): string {
  if (x === undefined || x === null || Number.isNaN(x)) return '–';
  if (x < 1) return `${short.format(x * 1000)} ms`;
  if (x < 120) return `${short.format(x)} s`;
  if (x < 7200) return `${Math.round(x / 60)} ${words.minutes}`;
  if (x < 172800) return `${short.format(x / 3600)} ${words.hours}`;
  return `${Math.round(x / 86400)} ${words.days}`;
}

export const moment = (iso: string | null | undefined): string => {
  if (!iso) return '–';
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : clock.format(at);
};

export function ago(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return '–';
  const past = (now - Date.parse(iso)) / 1000;
  return past >= 0 ? put(words.ago, seconds(past)) : put(words.in, seconds(-past));
}

/** For `datetime-local`, which has no zone: local time. */
export function local(date: Date): string {
  const at = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}

/** From `datetime-local` to RFC 3339, undefined if it is empty or no time. */
export function instant(text: string | null | undefined): string | undefined {
  if (!text) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

export const pretty = (x: unknown): string => JSON.stringify(x, null, 2) ?? '';

/** One line of JSON, cut. */
export function line(x: unknown, most = 160): string {
  const text = JSON.stringify(x) ?? '';
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** "a, b" as a list; undefined if there is none. */
export function list(text: string | null | undefined): string[] | undefined {
  const out = (text ?? '').split(',').map((x) => x.trim()).filter(Boolean);
  return out.length > 0 ? out : undefined;
}

/** What begins a formula, in either width, where a cell may begin: spreadsheets of some languages part cells at `;`, others at tabs, whatever the quotes. */
const formula = /(^|[;\t\r\n])([^\S\t\r\n]*)([=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** A cell that no spreadsheet takes for a formula. */
function cell(x: unknown): string {
  let text = x === null || x === undefined ? '' : String(x);
  // A number is no formula, also as the text of an exact one.
  if (typeof x === 'string' && !/^-?\d+(\.\d+)?$/.test(text)) text = text.replace(formula, "$1'$2$3");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180. */
export const csv = (rows: unknown[][]): string => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** A name for a file that is no path, hides nothing, and ends as it seems to: signs that turn the direction of text are left out. */
export function fileName(name: string, otherwise = 'file'): string {
  const plain = name.slice(-300).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replace(/[\\/:*?"<>|]/g, '_').replace(/^[.\s]+|[.\s]+$/g, '');
  return plain.slice(-120) || otherwise;
}

export function download(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const a = document.createElement('a');
  a.href = url;
  a.download = fileName(name);
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
