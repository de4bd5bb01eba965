import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MailAttachment {
  filename: string;
  contentType: string;
  content: Uint8Array;
}

/** A mail that the node would have sent. */
export interface Mail {
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  attachments: MailAttachment[];
  /** By their names in lower case. */
  headers: Record<string, string>;
  raw: string;
}

/** The mails of an outbox, the oldest first. */
export async function mailsIn(directory: string): Promise<Mail[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return [];
  }
  const files = names.filter((name) => name.endsWith('.eml')).sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
  return Promise.all(files.map(async (name) => parseMail(await readFile(join(directory, name), 'latin1'))));
}

/** Reads a mail as the node writes it (RFC 5322 and MIME). `raw` is a text of bytes. */
export function parseMail(raw: string): Mail {
  const whole = partOf(raw.replace(/\r\n/g, '\n'));
  const mail: Mail = {
    from: decodeWords(whole.headers.from ?? ''),
    to: addresses(whole.headers.to ?? ''),
    subject: decodeWords(whole.headers.subject ?? ''),
    text: '',
    html: '',
    attachments: [],
    headers: whole.headers,
    raw: Buffer.from(raw, 'latin1').toString('utf8'),
  };
  collect(whole, mail, 0);
  return mail;
}

interface Part {
  headers: Record<string, string>;
  body: string;
}

function partOf(text: string): Part {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const headers: Record<string, string> = {};
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: end < 0 ? '' : text.slice(end + (end === 0 ? 1 : 2)) };
}

function collect(part: Part, mail: Mail, depth: number): void {
  const type = part.headers['content-type'] ?? 'text/plain';
  const boundary = parameter(type, 'boundary');
  if (/^multipart\//i.test(type) && boundary !== undefined && depth < 10) {
    const pieces = `\n${part.body}`.split(`\n--${boundary}`).slice(1);
    for (const piece of pieces) if (!piece.startsWith('--')) collect(partOf(piece.replace(/^[^\n]*\n/, '')), mail, depth + 1);
    return;
  }
  const content = decoded(part);
  const disposition = part.headers['content-disposition'] ?? '';
  const filename = parameter(disposition, 'filename') ?? parameter(type, 'name');
  if (/^attachment/i.test(disposition) || filename !== undefined) {
    mail.attachments.push({ filename: decodeWords(filename ?? ''), contentType: type.replace(/;.*$/s, '').trim(), content });
  } else if (/^text\/html/i.test(type)) mail.html += content.toString('utf8');
  else if (/^text\//i.test(type)) mail.text += content.toString('utf8');
}

function decoded(part: Part): Buffer {
  const encoding = (part.headers['content-transfer-encoding'] ?? '').toLowerCase();
  if (encoding === 'base64') return Buffer.from(part.body, 'base64');
  if (encoding === 'quoted-printable') return Buffer.from(unquoted(part.body.replace(/=[ \t]*\n/g, '')), 'latin1');
  return Buffer.from(part.body, 'latin1');
}

function unquoted(text: string): string {
  return text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}="?([^";]*)"?`, 'i').exec(header);
  return match?.[1];
}

/** Encoded words of RFC 2047. */
function decodeWords(text: string): string {
  const bytes = text.replace(/(=\?[^?]+\?[BbQq]\?[^?]*\?=)\s+(?==\?)/g, '$1').replace(/=\?[^?]+\?([BbQq])\?([^?]*)\?=/g, (_, kind: string, word: string) =>
    kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('latin1') : unquoted(word.replace(/_/g, ' ')),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function addresses(header: string): string[] {
  return header.split(',').flatMap((one) => {
    const text = decodeWords(one.trim());
    const address = /<([^>]*)>/.exec(text)?.[1] ?? text;
    return address === '' ? [] : [address];
  });
}
