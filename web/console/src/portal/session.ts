// Tokens: asked of the application at the begin, renewed before they end, and kept in memory only.
import { call, configure, setToken, whenUnauthenticated } from '../api';
import type { Caller } from '../caller';
import { askForToken, isFramed } from './bridge';

export type State = { kind: 'alone' } | { kind: 'asking' } | { kind: 'out'; why: 'ended' | 'noToken' } | { kind: 'in'; caller: Caller };

/** Longest wait for the application. */
const answerMs = 15_000;
/** A token is renewed so long before its end, or when four fifths of its time are over. */
const earlyMs = 60_000;
/** Pause after an application that did not answer. */
const againMs = 5_000;

let show: (state: State) => void = () => {};
/** The question that the application has not answered yet. */
let asking: { answer: Promise<boolean>; settle: (given: boolean) => void } | undefined;
let renewal: ReturnType<typeof setTimeout> | undefined;
let end: ReturnType<typeof setTimeout> | undefined;
/** A token was accepted. One that is refused at once is not renewed: an application that gives bad ones would be asked for ever. */
let accepted = false;

function settle(given: boolean): void {
  asking?.settle(given);
  asking = undefined;
}

/** Asks the application, once at a time; answers whether it gave a token. */
function ask(): Promise<boolean> {
  if (asking) return asking.answer;
  let settled: (given: boolean) => void = () => {};
  const answer = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => settle(false), answerMs);
    settled = (given) => {
      clearTimeout(timer);
      resolve(given);
    };
  });
  asking = { answer, settle: settled };
  askForToken();
  return answer;
}

/** Asks until the token has ended. */
async function renewToken(): Promise<void> {
  if (!(await ask()) && accepted) renewal = setTimeout(() => void renewToken(), againMs);
}

function out(why: 'ended' | 'noToken'): void {
  accepted = false;
  settle(false);
  clearTimeout(renewal);
  clearTimeout(end);
  setToken('');
  show({ kind: 'out', why });
}

async function enter(): Promise<void> {
  accepted = false;
  const caller = await call('get', '/api/me');
  accepted = true;
  const left = Date.parse(caller.expiresAt ?? '') - Date.now();
  clearTimeout(renewal);
  clearTimeout(end);
  // The clock of this machine may be wrong: a token that was taken just now holds for a moment.
  const holds = Math.max(left, 1_000);
  renewal = setTimeout(() => void renewToken(), Math.max(holds * 0.8, holds - earlyMs));
  end = setTimeout(() => out('ended'), holds);
  show({ kind: 'in', caller });
}

/** The application gave a token. */
export function take(token: string): void {
  setToken(token);
  settle(true);
  enter().catch(() => out('ended'));
}

export async function begin(): Promise<void> {
  if (!isFramed()) return show({ kind: 'alone' });
  show({ kind: 'asking' });
  if (!(await ask())) out('noToken');
}

export function start(shown: (state: State) => void): void {
  show = shown;
  configure(new URL('.', location.href).pathname.replace(/\/$/, ''), async () => accepted && (await ask()));
  whenUnauthenticated(() => out('ended'));
  void begin();
}
