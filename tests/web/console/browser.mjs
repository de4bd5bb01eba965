// Debian's Chromium with the operations page in it, and an ear for all that may not happen there.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const requireInstalled = createRequire(new URL('../../../web/console/package.json', import.meta.url));
const puppeteer = requireInstalled('puppeteer-core');
const axePath = requireInstalled.resolve('axe-core/axe.min.js');
/** Longest wait for something to appear. */
export const deadlineMs = 60_000;

/**
 * @param {string[]} more arguments of Chromium
 * @returns {Promise<{open: (url: string, size?: object) => Promise<View>, blank: () => Promise<object>, stop: () => Promise<void>}>}
 * `blank` gives a page of puppeteer, in a context of its own
 */
export async function startBrowser(more = []) {
  const profile = mkdtempSync(join(tmpdir(), 'carillon-console-'));
  const browser = await puppeteer.launch({
    executablePath: process.env.CARILLON_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    userDataDir: profile,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--no-proxy-server', '--font-render-hinting=none', ...more],
  });
  return {
    blank: async () => (await browser.createBrowserContext()).newPage(),
    open: async (url, size) => View.open(await browser.createBrowserContext(), url, size),
    stop: async () => {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

export class View {
  /** Requests to other origins, errors of scripts, what the policy stopped. */
  faults = [];
  requests = [];

  static async open(context, url, size = { width: 1280, height: 900 }) {
    const view = new View();
    view.origin = new URL(url).origin;
    view.page = await context.newPage();
    await view.page.setViewport(size);
    view.page.setDefaultTimeout(deadlineMs);
    view.page.on('request', (x) => {
      view.requests.push(x.url());
      if (!x.url().startsWith(`${view.origin}/`) && !/^(data|blob|about):/.test(x.url())) view.faults.push(`asked ${x.url()}`);
    });
    view.page.on('pageerror', (x) => view.faults.push(`threw ${x.message}`));
    view.page.on('console', (x) => {
      // The browser says each refusal of the node as well; these are the page's to show.
      if (x.type() === 'error' && !/^Failed to load resource/.test(x.text())) view.faults.push(x.text());
    });
    view.page.on('dialog', (x) => {
      view.faults.push(`a dialog: ${x.message()}`);
      void x.dismiss();
    });
    await view.page.goto(url, { waitUntil: 'load' });
    return view;
  }

  /** Goes to a view by its address, and waits for its heading. */
  async go(hash, heading) {
    await this.page.evaluate((x) => {
      location.hash = x;
    }, hash);
    await this.heading(heading);
    await this.settled();
  }

  heading = (text) => this.until((x) => document.querySelector('h1')?.textContent.includes(x), `the heading ${text}`, text);

  /** Nothing is being loaded. */
  settled = () => this.until(() => !document.body.innerText.includes('Loading…'), 'the end of loading');

  /** Polls by the DevTools protocol, which the page's policy does not concern. */
  async until(condition, what, ...values) {
    const end = Date.now() + deadlineMs;
    for (;;) {
      if (await this.page.evaluate(condition, ...values)) return;
      if (Date.now() > end) assert.fail(`not within ${deadlineMs} ms: ${what}; the page says:\n${(await this.text()).slice(0, 2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  says = (text) => this.until((x) => document.body.innerText.includes(x), `"${text}"`, text);
  text = () => this.page.evaluate(() => document.body.innerText);

  /** Presses a button or link by its visible text or its label, as a person finds it. */
  async press(name, within = 'body') {
    await this.#handle((x, root) => [...document.querySelectorAll(`${root} button, ${root} a`)]
      .find((y) => !y.disabled && y.getClientRects().length > 0 && (y.getAttribute('aria-label') ?? y.textContent).trim() === x), `a button ${name}`, [name, within],
    async (found) => {
      await found.evaluate((x) => x.scrollIntoView({ block: 'center' }));
      await found.click();
    });
  }

  /** Opens a view by the menu, and waits until it is drawn: the one before may have fields of the same names. */
  async menu(name) {
    await this.press(name, 'nav');
    await this.until((x) => {
      const link = document.querySelector('nav a[aria-current]');
      return link?.textContent.trim() === x && link.hash === location.hash;
    }, `the view ${name}`, name);
    // The same view with another query has that link already.
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    await this.settled();
  }

  /** Ticks the box with this label, as soon as it is there. */
  async tick(label) {
    await this.#handle((x) => [...document.querySelectorAll('input[type=checkbox]')].find((y) => y.getAttribute('aria-label') === x), `a box ${label}`, [label],
      (found) => found.click());
  }

  /** Types into a field, or chooses, by the label. */
  async fill(label, value) {
    // What can be chosen may come later than its field.
    await this.#handle((x, wanted) => {
      const label = [...document.querySelectorAll('label')].find((y) => y.textContent.replace(/ \*$/, '').trim() === x);
      const found = label && (label.htmlFor ? document.getElementById(label.htmlFor) : label.querySelector('input'));
      return found?.tagName === 'SELECT' && ![...found.options].some((y) => y.value === wanted) ? undefined : found;
    }, `a field ${label} that takes ${value}`, [label, value], (field) => this.#enter(field, value));
  }

  async #enter(field, value) {
    if (await field.evaluate((x) => x.tagName === 'SELECT')) return void (await field.select(value));
    // Keys in a field of a time depend on the language, and a text of many lines takes many.
    if (await field.evaluate((x) => x.tagName === 'TEXTAREA' || x.type === 'datetime-local'))
      return void (await field.evaluate((x, text) => {
        x.value = text;
        x.dispatchEvent(new Event('input', { bubbles: true }));
      }, value));
    await field.evaluate((x) => x.select?.());
    await field.press('Backspace');
    await field.type(value);
  }

  /** Finds what is wanted and does something with it; again, if the page drew it anew in between. */
  async #handle(find, what, values, act) {
    for (;;) {
      const found = await this.#find(find, what, ...values);
      try {
        return await act(found);
      } catch (error) {
        if (await found.evaluate((x) => x.isConnected)) throw error;
      }
    }
  }

  async #find(find, what, ...values) {
    const end = Date.now() + deadlineMs;
    for (;;) {
      const found = (await this.page.evaluateHandle(find, ...values)).asElement();
      if (found) return found;
      if (Date.now() > end) assert.fail(`not within ${deadlineMs} ms: ${what}; the page says:\n${(await this.text()).slice(0, 2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** What axe finds wrong, in a line each; by these rules only, if some are named. */
  async violations(...rules) {
    await this.page.evaluate(`${readFileSync(axePath, 'utf8')}\n;0`);
    return this.page.evaluate(async (only) => {
      const { violations } = await window.axe.run(document, { resultTypes: ['violations'], ...(only.length > 0 && { runOnly: only }) });
      return violations.flatMap((x) => x.nodes.map((y) => `${x.id} (${x.impact}): ${y.html.slice(0, 160)} ${y.any[0]?.message ?? ''}`));
    }, rules);
  }

  close = () => this.page.browserContext().close();
}
