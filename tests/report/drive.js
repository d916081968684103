/* drive.js REPORT.html [PICTURES] - opens a report in headless Chromium and does what a person can do with it.
 *
 * The report is that of tests/fixture.sh: all views, epochs, images.  Prints what failed and the counts; with PICTURES,
 * a directory, leaves a screenshot of every state. */
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const { chromium } = require('playwright-core');

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const [report, pictures] = process.argv.slice(2);
let passed = 0, failed = 0;

function check(name, holds) {
  if (holds) passed++;
  else { failed++; console.log(`drive.js: failed: ${name}`); }
}
function same(name, got, want) { check(`${name}: want ${JSON.stringify(want)}, got ${JSON.stringify(got)}`, JSON.stringify(got) === JSON.stringify(want)); }

async function picture(page, name) {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
}
const texts = (page, selector) => page.$$eval(selector, nodes => nodes.map(node => node.textContent));
const numbers = list => list.map(text => Number(text.replace('\u2212', '-')));
const sorted = (list, direction) => list.every((v, i) => i === 0 || direction * (v - list[i - 1]) >= 0);
/* Attributes of the node, or null. */
const attribute = (page, selector, name) => page.$eval(selector, (node, key) => node.getAttribute(key), name);
/* The map as it looks now. */
const mapPixels = page => page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
  done(document.querySelector('.map > canvas').toDataURL())))));
const show = (page, id) => page.$eval(`#${id}`, node => node.scrollIntoView({ block: 'start', behavior: 'instant' }));

async function statistics(page) {
  await show(page, 'statistics');
  for (const key of ['class', 'images', 'source', 'target', 'difference', 'errors']) {
    const head = `#classes th[data-key=${key}]`;
    await page.click(`${head} button`);
    const first = await attribute(page, head, 'aria-sort');
    await page.click(`${head} button`);
    const second = await attribute(page, head, 'aria-sort');
    check(`${key}: both directions`, first !== second && [first, second].sort().join() === 'ascending,descending');
    const column = { source: 3, target: 4, difference: 5 }[key];
    if (column) check(`${key}: in order`, sorted(numbers(await texts(page, `#classes tbody td:nth-child(${column})`)), second === 'ascending' ? 1 : -1));
  }
  const axis = await page.$eval('#accuracy svg .series .point', node => { const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y]; });
  await page.mouse.move(axis[0] + 2, axis[1]);
  check('read-out: the epoch', (await page.textContent('#card')).startsWith('epoch 1'));
  check('read-out: the series', (await page.$$('#card tr')).length === await page.evaluate(() => readOutCard(1)[1].rows.length));
  await picture(page, 'read-out');
  await page.focus('#accuracy svg');
  await page.keyboard.press('ArrowRight');
  check('read-out by key', (await page.textContent('#card')).startsWith('epoch 2'));
}

async function classes(page) {
  const before = await mapPixels(page);
  await page.click('#classes tbody tr[data-class="3"] th');
  same('the row is selected', await attribute(page, '#classes tr[data-class="3"]', 'aria-selected'), 'true');
  same('and in the instances', await attribute(page, '.classes [data-class="3"]', 'aria-pressed'), 'true');
  check('the map changed', before !== await mapPixels(page));
  await page.click('#classes tbody tr[data-class="5"] th', { modifiers: ['Control'] });
  same('two classes', await page.evaluate(() => [...state.classes]), [3, 5]);
  await page.click('.classes [data-class="5"]');
  same('one again', await page.evaluate(() => [...state.classes]), [3]);
  await page.focus('#classes tr[data-class="3"]');
  await page.keyboard.press('Enter');
  same('none, by key', await page.evaluate(() => [...state.classes]), []);
  await page.click('.all');
}

async function instances(page) {
  await show(page, 'instances');
  const canvas = await page.$('.map > canvas'), box = await canvas.boundingBox();
  const at = await page.evaluate(() => { /* an instance that no other covers is found under its place */
    const box = document.querySelector('.map > canvas').getBoundingClientRect();
    const map = new InstanceMap(state.data.instances);
    map.canvas = document.querySelector('.map > canvas');
    map.resize();
    const [x, y] = map.place(0);
    return [box.x + x, box.y + y];
  });
  await page.mouse.move(...at);
  const card = await page.textContent('#card');
  for (const part of ['file', 'domain', 'label', 'source model', 'target model']) check(`hover card: ${part}`, card.includes(part));
  await page.waitForSelector('#card canvas[data-drawn]');
  await picture(page, 'hover-card');
  let before = await mapPixels(page);
  await page.mouse.wheel(0, -300);
  check('zoom by wheel', before !== (before = await mapPixels(page)) && await page.textContent('#zoom') !== '1\u00d7');
  await page.mouse.move(box.x + 300, box.y + 300);
  await page.mouse.down();
  await page.mouse.move(box.x + 360, box.y + 330, { steps: 3 });
  await page.mouse.up();
  check('drag', before !== (before = await mapPixels(page)));
  await page.click('.map .toolbar >> text=Fit');
  same('fit', await page.textContent('#zoom'), '1\u00d7');
  await page.focus('.map > canvas');
  await page.keyboard.press('+');
  check('zoom by key', await page.textContent('#zoom') !== '1\u00d7');
  await page.keyboard.press('n');
  check('step by key', await page.isVisible('#card'));
  await page.keyboard.press('0');
  await lasso(page, box);
}

async function lasso(page, box) {
  await page.click('[data-value=lasso]');
  const corners = [[4, 4], [box.width - 4, 4], [box.width - 4, box.height - 4], [4, box.height - 4]];
  await page.mouse.move(box.x + 4, box.y + 4);
  await page.mouse.down();
  for (const [x, y] of corners) await page.mouse.move(box.x + x, box.y + y, { steps: 2 });
  await page.mouse.up();
  const n = await page.evaluate(() => state.data.instances.n);
  check('lasso around all', (await page.textContent('#lasso h3')).startsWith(`${n.toLocaleString('en')} instances`));
  check('lasso: images', (await page.$$('#lasso .patch')).length === Math.min(48, n));
  await picture(page, 'lasso');
  await page.click('#lasso button');
  same('lasso cleared', await page.textContent('#lasso'), '');
  await page.click('[data-value=drag]');
}

async function network(page) {
  await show(page, 'network');
  const layers = await texts(page, '#network-layers label');
  same('layers at first', (await page.$$('.network .matrix')).length, Math.min(5, layers.length));
  const histograms = (await page.$$('.network .histogram')).length;
  await page.click('#network-rest');
  check('other neurons hidden', histograms > 0 && (await page.$$('.network .histogram, .network .box, .network .others')).length === 0);
  await page.click('#network-rest');
  same('and back', (await page.$$('.network .histogram')).length, histograms);
  check('links of both', (await page.$$('.network .links.source .link')).length > 0 && (await page.$$('.network .links.target .link')).length > 0);
  await page.click('#network-source');
  same('source links hidden', (await page.$$('.network .links.source .link')).length, 0);
  await page.click('#network-source');
  const last = layers[layers.length - 1], names = () => texts(page, '.network .matrix .name'), all = await names();
  await page.click(`#network-layers input[data-layer="${last}"]`);
  same('a layer less', await names(), all.slice(0, -1));
  await page.click(`#network-layers input[data-layer="${last}"]`);
  same('and back', await names(), all);
  await page.click('#network >> text="100%"');
  await page.click('#network >> text="Fit"');
  const cell = await page.$eval('.network .cell', node => node.dataset);
  await page.hover('.network .cell');
  check('tooltip of a cell', (await page.textContent('#card')).includes(`source neuron ${cell.source}, target neuron ${cell.target}`));
  await panels(page);
}

async function panels(page) {
  await page.click('.network .cell');
  check('similarity panel', (await page.textContent('#panel')).includes('similarity') && (await page.$$('#panel .patch')).length > 0);
  await page.click('.network .neuron[data-model=target]');
  check('neuron panel: rank', /rank.*1 of/.test(await page.textContent('#panel')));
  same('neuron panel: five similar', (await page.$$('#panel .similar tr[data-neuron]')).length, 5);
  check('neuron panel: feature image', await page.isVisible('#panel img.feature'));
  await page.waitForSelector('#panel .patch canvas[data-drawn]');
  await picture(page, 'neuron-panel');
  await page.click('.network .links.target .link');
  check('link panel', /mean value/.test(await page.textContent('#panel')));
  check('link panel: inherited or not', /inherited(yes|no)/.test(await page.textContent('#panel')));
  check('link panel: kernel', await page.isVisible('#panel svg.kernel'));
  await picture(page, 'link-panel');
  await page.keyboard.press('Escape');
  check('panel closed by key', !await page.isVisible('#panel'));
  await page.focus('.network .mark[tabindex="0"]');
  const before = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  await page.keyboard.press('ArrowDown');
  check('arrow keys move', before !== await page.evaluate(() => document.activeElement.getAttribute('aria-label')));
  await page.keyboard.press('Enter');
  check('Enter opens', await page.isVisible('#panel'));
  await page.keyboard.press('Escape');
  await featureLink(page);
}

/* From the panel of a neuron that is listed to its row. */
async function featureLink(page) {
  for (const neuron of await page.$$('.network .neuron[data-model=target]')) {
    await neuron.click();
    if (!await page.$('.to-features')) continue;
    await page.click('.to-features');
    check('the feature list shows it', await page.isVisible('#features-list tr.found'));
    return page.keyboard.press('Escape');
  }
  check('a neuron with a link to the feature list', false);
}

async function features(page) {
  await show(page, 'features');
  const u = async () => numbers(await texts(page, '#features-list tbody td:last-child'));
  await page.click('[data-value=most]');
  check('most discriminative first', sorted(await u(), -1));
  await page.click('[data-value=least]');
  check('least discriminative first', sorted(await u(), 1));
  await page.click('[data-value=most]');
  same('five are ticked', (await page.$$('#features-list input:checked')).length, 5);
  same('five axes', (await page.$$('#domains .axis')).length, 5);
  const place = () => attribute(page, '#domains .instance', 'transform');
  const before = await place();
  await page.click('#features-list tr[data-index]:nth-child(6) input');
  same('a sixth axis', (await page.$$('#domains .axis')).length, 6);
  check('the projection is another', before !== await place());
  check('and says so', (await page.textContent('#domains-text')).includes('6 ticked neurons'));
  await page.click('#features-list tr[data-index]:nth-child(6) input');
  same('as before', await place(), before);
  await page.hover('#domains .instance');
  check('hover card of an instance', await page.isVisible('#card canvas'));
  await page.hover('#domains .axis text');
  check('hover card of an axis', (await page.textContent('#card')).startsWith('rank '));
  await picture(page, 'projection');
  await page.click('#domains [data-value=all]');
  check('all neurons', (await page.textContent('#domains-text')).includes('fitted on all'));
  await page.click('#domains [data-value=ticked]');
}

/* Fitted on every neuron the page finds what tv-discrim wrote. */
async function refit(page) {
  const error = await page.evaluate(() => {
    const entry = featuresEntry(), got = projectNeurons(entry, entry.neuron.map((_, j) => j));
    const size = Math.max(...entry.projection.map(Math.abs));
    return {
      at: Math.max(...entry.projection.map((v, i) => Math.abs(v - got.at[i]))) / size,
      u: Math.max(...entry.u.map((v, j) => Math.abs(v - got.u[j]))) / Math.max(...entry.u.map(Math.abs)),
      boundary: Math.abs(entry.boundary - got.boundary) / size,
    };
  });
  check(`the fit is tv-discrim's: ${JSON.stringify(error)}`, error.at < 2e-3 && error.u < 2e-3 && error.boundary < 2e-3);
}

async function rest(page) {
  await show(page, 'provenance');
  const history = await page.textContent('.history');
  for (const program of ['tv-report', 'tv-discrim', 'tv-attrib', 'tv-import']) check(`history: ${program}`, history.includes(program));
  check('parameters', (await texts(page, '.parameters code')).some(option => option.startsWith('--class')));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForTimeout(100);
  same('dark', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(20, 23, 28)');
  check('dark chart', (await attribute(page, '#accuracy svg .ground', 'fill')) === '#14171c');
  await page.emulateMedia({ media: 'print', colorScheme: 'light' });
  check('print hides the controls', !await page.isVisible('nav'));
}

async function main() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'tv-report-'));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: FLAGS,
    viewport: { width: 1400, height: 900 }, colorScheme: 'light', deviceScaleFactor: Number(process.env.SCALE || 1) });
  const page = await browser.newPage();
  const troubles = [];
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) troubles.push(message.text()); });
  page.on('pageerror', error => troubles.push(error.stack));
  page.on('request', request => { if (!/^(file|data|blob):/.test(request.url())) troubles.push(`asks for ${request.url()}`); });
  page.setDefaultTimeout(5000);
  try {
    await page.goto('file://' + path.resolve(report));
    await page.waitForSelector('html[data-ready]');
    const paint = await page.evaluate(() => performance.getEntriesByType('paint').map(entry => entry.startTime)[0]);
    check(`first paint within a second: ${paint} ms`, paint < 1000);
    for (const part of [statistics, classes, instances, network, features, refit, rest]) await part(page);
  } catch (error) {
    check(error.stack, false);
  }
  check(`no console error: ${troubles.join('; ')}`, troubles.length === 0);
  await browser.close();
  fs.rmSync(profile, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
main();
