/* browser.js - a page in headless Chromium, driven by the DevTools protocol over a pipe: nothing but Node.js is needed.
 *
 *     const page = await open({ binary, width, height, scale });
 *     await page.goto('file:///...');        page.troubles: console errors and warnings, exceptions, requests that
 *     await page.click('#run');                             leave the machine
 *     await page.close();
 *
 * The browser reads commands, each a JSON object and a zero byte, from its descriptor 3 and writes answers and events to
 * descriptor 4 (chromium --remote-debugging-pipe).  Input is given as input events: it goes to whatever the page has at that place. */
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const FLAGS = ['--headless', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars',
  '--force-color-profile=srgb', '--mute-audio', 'about:blank'];
const PATIENCE = 10000; /* milliseconds until what is waited for counts as missing */
const CODES = { Enter: 13, Escape: 27, Tab: 9, ' ': 32, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 };
const MODIFIERS = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };

const later = ms => new Promise(done => setTimeout(done, ms));

class Page {
  constructor(binary, profile) {
    this.profile = profile;
    this.troubles = [];
    this.waiting = new Map();
    this.sent = 0;
    this.at = [0, 0];
    this.browser = spawn(binary, [...FLAGS, `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.gone = new Promise(done => this.browser.on('exit', done));
    this.browser.on('error', error => this.fail(error));
    this.browser.on('exit', () => this.fail(new Error('the browser ended')));
    const [, , , to, from] = this.browser.stdio;
    to.on('error', error => this.fail(error));
    this.to = to;
    let rest = [];
    from.on('data', bytes => {
      for (let end; (end = bytes.indexOf(0)) >= 0; bytes = bytes.subarray(end + 1), rest = [])
        this.receive(JSON.parse(Buffer.concat([...rest, bytes.subarray(0, end)]).toString()));
      rest.push(bytes);
    });
  }

  fail(error) {
    for (const { no } of this.waiting.values()) no(error);
    this.waiting.clear();
  }

  send(method, params = {}) {
    const id = ++this.sent;
    this.to.write(JSON.stringify({ id, method, params, sessionId: this.session }) + '\0');
    return new Promise((yes, no) => this.waiting.set(id, { yes, no, method }));
  }

  receive({ id, result, error, method, params }) {
    const asked = this.waiting.get(id);
    if (asked) {
      this.waiting.delete(id);
      return error ? asked.no(new Error(`${asked.method}: ${error.message}`)) : asked.yes(result);
    }
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(params.type))
      this.troubles.push(params.args.map(arg => arg.value ?? arg.description).join(' '));
    if (method === 'Runtime.exceptionThrown') this.troubles.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) this.troubles.push(params.entry.text);
    if (method === 'Network.requestWillBeSent' && !/^(file|data|blob|about):/.test(params.request.url))
      this.troubles.push(`asks for ${params.request.url}`);
    if (method === 'Page.loadEventFired') this.loaded?.();
  }

  async attach({ width, height, scale }) {
    const { targetInfos } = await this.send('Target.getTargets');
    const { targetId } = targetInfos.find(target => target.type === 'page');
    this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
    await this.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    await this.media({ scheme: 'light' });
  }

  /* `media` "screen" or "print", `scheme` "light" or "dark". */
  async media({ media = '', scheme = 'light' }) {
    await this.send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await this.settle();
  }

  async goto(url) {
    const loaded = new Promise(done => { this.loaded = done; });
    await this.send('Page.navigate', { url });
    await loaded;
  }

  async close() {
    await this.send('Browser.close').catch(() => {});
    await Promise.race([this.gone, later(PATIENCE)]);
    this.browser.kill('SIGKILL');
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  /* What `run(...args)` returns in the page. */
  async evaluate(run, ...args) {
    const { result, exceptionDetails: error } = await this.send('Runtime.evaluate', {
      expression: `(${run})(${args.map(arg => JSON.stringify(arg)).join(',')})`, awaitPromise: true, returnByValue: true });
    if (error) throw new Error(error.exception?.description || error.text);
    return result.value;
  }

  /* Until two frames are drawn: what an event has caused is on the screen. */
  settle() { return this.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))); }

  /* Until `run(...args)` is true in the page. */
  async until(what, run, ...args) {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await later(20)) {
      const value = await this.evaluate(run, ...args);
      if (value) return value;
    }
    throw new Error(`waited in vain for ${what}`);
  }
  shown(selector) { return this.until(selector, s => Boolean(document.querySelector(s)), selector); }

  texts(selector) { return this.evaluate(s => [...document.querySelectorAll(s)].map(node => node.textContent), selector); }
  async text(selector) { await this.shown(selector); return (await this.texts(selector))[0]; }
  count(selector) { return this.evaluate(s => document.querySelectorAll(s).length, selector); }
  async attribute(selector, name) { await this.shown(selector); return this.evaluate((s, key) => document.querySelector(s).getAttribute(key), selector, name); }
  visible(selector) {
    return this.evaluate(s => { const node = document.querySelector(s); return Boolean(node) && node.checkVisibility() && node.getClientRects().length > 0; }, selector);
  }

  /* The middle of the first such node (with exactly that text), scrolled into view, at rest and not covered by another. */
  place(selector, text) {
    return this.until(`${selector} ${text || ''} to be clickable`, async (s, wanted) => {
      const node = [...document.querySelectorAll(s)].find(found => wanted === null || found.textContent === wanted);
      if (!node) return null;
      const place = () => {
        const box = node.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2, hit = document.elementFromPoint(x, y);
        return box.top >= 60 && hit && (node.contains(hit) || hit.contains(node)) ? [x, y] : null;
      };
      if (!place()) node.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const before = place();
      await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
      const after = place();
      return before && after && before[0] === after[0] && before[1] === after[1] ? after : null;
    }, selector, text ?? null);
  }

  async mouse(type, x, y, more = {}) {
    this.at = [x, y];
    await this.send('Input.dispatchMouseEvent', { type, x, y, button: this.held ? 'left' : 'none', buttons: this.held ? 1 : 0, ...more });
  }
  async move(x, y, steps = 1) {
    const [fromX, fromY] = this.at;
    for (let k = 1; k <= steps; k++) await this.mouse('mouseMoved', fromX + (x - fromX) * k / steps, fromY + (y - fromY) * k / steps);
    await this.settle();
  }
  async down(modifiers = 0) {
    this.held = true;
    await this.mouse('mousePressed', ...this.at, { button: 'left', buttons: 1, clickCount: 1, modifiers });
  }
  async up(modifiers = 0) {
    this.held = false;
    await this.mouse('mouseReleased', ...this.at, { button: 'left', clickCount: 1, modifiers });
    await this.settle();
  }
  async wheel(deltaY) { await this.mouse('mouseWheel', ...this.at, { deltaX: 0, deltaY }); await this.settle(); }
  async hover(selector, text) { await this.move(...await this.place(selector, text)); }
  async click(selector, { text, modifier } = {}) {
    await this.hover(selector, text);
    await this.down(MODIFIERS[modifier]);
    await this.up(MODIFIERS[modifier]);
  }

  async focus(selector) { await this.shown(selector); await this.evaluate(s => document.querySelector(s).focus(), selector); }
  async press(key, modifier) {
    const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
    const event = { key, code: key.length === 1 ? undefined : key, windowsVirtualKeyCode: CODES[key], modifiers: MODIFIERS[modifier] };
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...event });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    await this.settle();
  }

  /* What is seen as PNG, the whole page as PDF. */
  async picture(file) { fs.writeFileSync(file, Buffer.from((await this.send('Page.captureScreenshot', { format: 'png' })).data, 'base64')); }
  async pdf() { return Buffer.from((await this.send('Page.printToPDF', { printBackground: true, preferCSSPageSize: true })).data, 'base64'); }
}

async function open({ binary, width = 1400, height = 900, scale = 1 }) {
  const page = new Page(binary, fs.mkdtempSync(path.join(os.tmpdir(), 'tv-report-')));
  try {
    await page.attach({ width, height, scale });
  } catch (error) {
    await page.close();
    throw error;
  }
  return page;
}

module.exports = { open };
