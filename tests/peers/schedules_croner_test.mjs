// Occurrences of patterns, as the node computes them, against those of npm `croner`: five years, in zones
// whose clocks change in both halves of the world, by an hour and by half an hour, and at midnight.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { requireInstalled } from './node_fixture.mjs';

const { Cron } = requireInstalled('croner');
const binary = process.env.CARILLON_BINARY;

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana'];
const patterns = [
  // One time of the day: those that clocks pass over, or show twice, among them.
  '30 9 * * 1-5', '0 0 * * *', '30 0 * * *', '0 1 * * *', '30 1 * * *', '45 1 * * *', '0 2 * * *', '15 2 * * *', '30 2 * * *', '59 2 * * *', '0 3 * * *', '15 30 2 * * *', '30 2 * * SUN', '30 2 29 3 *', '5 2 L * *',
  // Days of both kinds, and every form of a field.
  '0 12 13 * FRI', '0 12 1,15 JAN-MAR *', '0 12 29 2 *', '0 12 * * 5#2', '0 12 * * 5L', '0 12 L * *', '10 4 */7 * *', '0 6 * 2-10/4 MON,WED',
  // What repeats within a day.
  '0 * * * *', '*/20 1-3 * * *', '15,45 0,2 * * *', '0 */2 * * *', '*/30 2 * * 7', '30-32 1-2 * * *', '*/20 59 1 * * *', '0 30 */5 * * *',
];
const from = new Date('2026-01-01T00:00:00Z');
const until = new Date('2031-01-01T00:00:00Z');

function ofTheNode(cron, zone) {
  const words = ['schedules', 'next', '--cron', cron, '--time-zone', zone, '--after', from.toISOString(), '--until', until.toISOString(), '--count', '1000000'];
  return execFileSync(binary, words, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 }).split('\n').slice(0, -1);
}

function ofCroner(pattern, zone) {
  const cron = new Cron(pattern, { timezone: zone, paused: true });
  const out = [];
  for (let at = from; ; ) {
    at = cron.nextRun(at);
    if (!at || at > until) return out;
    out.push(at.toISOString().replace('.000Z', 'Z'));
  }
}

for (const zone of zones)
  test(`occurrences in ${zone} are those of croner`, () => {
    let count = 0;
    for (const pattern of patterns) {
      const ours = ofTheNode(pattern, zone);
      const theirs = ofCroner(pattern, zone);
      const at = ours.findIndex((x, i) => x !== theirs[i]);
      assert.ok(at < 0 && ours.length === theirs.length, `${pattern} in ${zone}: ${ours.length} and ${theirs.length}; number ${at}: ${ours.slice(at - 1, at + 3)} and ${theirs.slice(at - 1, at + 3)}`);
      count += ours.length;
    }
    assert.ok(count > 50_000, `${count} occurrences`);
  });
