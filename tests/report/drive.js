/* drive.js WALK REPORT.html [PICTURES] - opens a report in headless Chromium and does what a person can do with it.
 *
 * WALK: `whole`, a report of tests/fixture.sh's models with all views, epochs and images, the domains having names of
 * their own and the links and features being those of class 3; `subset`, one whose map holds a part of the images,
 * with the whole one beside it;
 * `accuracy`, one of accuracies alone.  Prints what failed and the counts; with PICTURES, a directory, leaves a
 * screenshot of every state.  $CHROMIUM is the browser, $SCALE device pixels a pixel. */
'use strict';
const path = require('path');
const { open } = require('./browser.js');

const [walk, report, pictures] = process.argv.slice(2);
let passed = 0, failed = 0, page;

function check(name, holds) {
  if (holds) passed++;
  else { failed++; console.log(`drive.js: failed: ${name}`); }
}
function same(name, got, want) { check(`${name}: want ${JSON.stringify(want)}, got ${JSON.stringify(got)}`, JSON.stringify(got) === JSON.stringify(want)); }

async function picture(name) { if (pictures) await page.picture(path.join(pictures, `${name}.png`)); }
const number = text => Number(text.replace('\u2212', '-').replace(',', ''));
const sorted = (list, direction) => list.every((v, i) => i === 0 || direction * (v - list[i - 1]) >= 0);
/* The map as it looks now. */
const mapPixels = async () => { await page.settle(); return page.evaluate(() => document.querySelector('.map > canvas').toDataURL()); };
const show = id => page.evaluate(name => document.getElementById(name).scrollIntoView({ block: 'start', behavior: 'instant' }), id);
const chosenClasses = () => page.evaluate(() => [...state.classes]);

/* ---- statistics ---- */

async function statistics() {
  await show('statistics');
  const { rows, score } = await page.evaluate(() => state.data.statistics);
  same('transferability score', number(await page.text('.facts .fact b')), Number(score.toFixed(3)));
  const key = {
    class: row => row.class, images: row => row.images, source: row => row.source, target: row => row.target,
    difference: row => row.target - row.source, errors: row => row.errors,
  };
  for (const column in key) {
    const head = `#classes th[data-key=${column}]`, seen = [];
    for (const turn of [1, 2]) {
      await page.click(`${head} button`);
      const direction = await page.attribute(head, 'aria-sort');
      seen.push(direction);
      const order = await page.evaluate(() => [...document.querySelectorAll('#classes tbody tr')].map(row => Number(row.dataset.class)));
      const values = order.map(k => key[column](rows.find(row => row.class === k)));
      check(`sorted by ${column}, ${direction}, turn ${turn}: ${values}`, sorted(values, direction === 'ascending' ? 1 : -1));
    }
    same(`${column}: both directions`, seen.sort(), ['ascending', 'descending']);
  }
  const all = rows.reduce((total, row) => total + row.images * row.target, 0) / rows.reduce((total, row) => total + row.images, 0);
  same('all classes', number((await page.texts('#classes tfoot td'))[2]), Number(all.toFixed(2)));
  await picture('class-table');
  await readOut();
}

async function readOut() {
  const axis = await page.evaluate(() => { const box = document.querySelector('#accuracy svg .series .point').getBoundingClientRect(); return [box.x + box.width / 2, box.y]; });
  await page.move(axis[0] + 2, axis[1]);
  check('read-out: the epoch', (await page.text('#card')).startsWith('epoch 1'));
  same('read-out: the series', await page.count('#card tr'), await page.evaluate(() => readOutCard(1)[1].rows.length));
  await picture('read-out');
  await page.focus('#accuracy svg');
  await page.press('ArrowRight');
  check('read-out by key', (await page.text('#card')).startsWith('epoch 2'));
}

/* ---- classes, chosen in the table and in the selector ---- */

async function classes() {
  const before = await mapPixels();
  await page.click('#classes tbody tr[data-class="3"] th');
  same('the row is selected', await page.attribute('#classes tr[data-class="3"]', 'aria-selected'), 'true');
  same('and in the instances', await page.attribute('.classes [data-class="3"]', 'aria-pressed'), 'true');
  let now = await mapPixels();
  check('the map changed', before !== now);
  await page.click('#map-cut');
  check('the other classes are cut out', now !== (now = await mapPixels()));
  const filled = await page.evaluate(() => {
    const { map } = state, at = [...map.order].filter(i => map.visible(i)).map(i => map.place(i)), span = a => Math.max(...at.map(p => p[a])) - Math.min(...at.map(p => p[a]));
    return Math.max(span(0) / (map.width - 40), span(1) / (map.height - 40));
  });
  check(`what is left fills the map: ${filled}`, Math.abs(filled - 1) < 1e-6);
  await page.click('#map-cut');
  same('the network is that class\u2019s', await page.evaluate(() => network.key), '3');
  same('the features are, too', await page.evaluate(() => features.key), '3');
  await picture('class-selected');
  await page.click('#classes tbody tr[data-class="5"] th', { modifier: 'Control' });
  same('two classes', await chosenClasses(), [3, 5]);
  same('class 5 has no links: said so', await page.text('#network-note'), 'Shown: class 3. Class 5 is not among this report\u2019s similarities; tv-sim makes them.');
  same('nor features', await page.text('#features-note'), 'Shown: class 3. Class 5 is not among this report\u2019s discriminabilities; tv-discrim makes them.');
  await page.click('.classes [data-class="5"]');
  same('one again', await chosenClasses(), [3]);
  same('and no note', await page.text('#network-note') + await page.text('#features-note'), '');
  await page.focus('#classes tr[data-class="3"]');
  await page.press('Enter');
  same('none, by key', await chosenClasses(), []);
  await page.click('.classes [data-class="2"]');
  await page.click('.all');
  same('all', await chosenClasses(), []);
}

/* ---- instances ---- */

async function instances() {
  await show('instances');
  const of = await page.evaluate(() => { const d = state.map.data; return { n: d.n, path: d.path[0], domain: `${SIDES[d.domain[0]]}: ${state.data.domains[d.domain[0]]}`, label: className(d.label[0]), source: className(d.source[0]), target: className(d.target[0]) }; });
  const [x, y] = await page.evaluate(() => { const box = state.map.canvas.getBoundingClientRect(), [x, y] = state.map.place(0); return [box.x + x, box.y + y]; });
  await page.move(x, y);
  await page.shown('#card canvas[data-drawn]');
  const card = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#card tr')].map(row => [row.cells[0].textContent, row.cells[1].textContent])));
  same('hover card: file, domain, label, predictions', card, { file: of.path, domain: of.domain, label: of.label, 'source model': of.source, 'target model': of.target });
  await picture('hover-card');
  await zoom();
  await lasso(of.n);
}

async function zoom() {
  let before = await mapPixels();
  const changed = async () => { const now = await mapPixels(), is = now !== before; before = now; return is; };
  await page.wheel(-300);
  check('zoom by wheel', await changed() && await page.text('#zoom') !== '1\u00d7');
  const box = await page.evaluate(() => { const { x, y } = state.map.canvas.getBoundingClientRect(); return [x, y]; });
  await page.move(box[0] + 300, box[1] + 300);
  await changed();
  await page.down();
  await page.move(box[0] + 360, box[1] + 330, 3);
  await page.up();
  check('drag', await changed());
  await picture('zoomed');
  await page.click('.map .toolbar button', { text: 'Fit' });
  same('fit', await page.text('#zoom'), '1\u00d7');
  await page.focus('.map > canvas');
  await page.press('+');
  check('zoom by key', await page.text('#zoom') !== '1\u00d7');
  await page.press('n');
  check('step by key', await page.visible('#card'));
  await page.press('0');
}

/* Around the left half of the map. */
async function lasso(n) {
  await page.click('[data-value=lasso]');
  const { x, y, width, height, want } = await page.evaluate(() => {
    const { x, y, width, height } = state.map.canvas.getBoundingClientRect();
    let want = 0;
    for (let i = 0; i < state.map.data.n; i++) want += state.map.place(i)[0] < width / 2;
    return { x, y, width, height, want };
  });
  await page.move(x + 2, y + 2);
  await page.down();
  for (const [cx, cy] of [[width / 2, 2], [width / 2, height - 2], [2, height - 2], [2, 2]]) await page.move(x + cx, y + cy);
  await page.up();
  check(`the lasso holds a part: ${want} of ${n}`, want > 0 && want < n);
  check('lasso: as many as are inside', (await page.text('#lasso h3')).startsWith(`${want.toLocaleString('en')} instance`));
  same('lasso: images', await page.count('#lasso .patch'), Math.min(48, want));
  same('lasso: the others are dimmed in the projection', await page.count('#domains .faint'), await page.evaluate(() => {
    const entry = featuresEntry(), chosen = lassoImages();
    return [...entry.image].filter(i => !chosen.has(i)).length;
  }));
  await picture('lasso');
  await page.click('#lasso button');
  same('lasso cleared', await page.text('#lasso'), '');
  same('and nothing is dimmed', await page.count('#domains .faint'), 0);
  await page.click('[data-value=drag]');
}

/* ---- the network relation view ---- */

async function network() {
  await show('network');
  await page.evaluate(() => chooseNetwork('3'));
  const layers = await page.texts('#network-layers label');
  same('layers at first', await page.count('.network .matrix'), Math.min(5, layers.length));
  await picture('network');
  await toggles();
  const last = layers[layers.length - 1], names = () => page.texts('.network .matrix .name'), all = await names();
  await page.click(`#network-layers input[data-layer="${last}"]`);
  same('a layer less', await names(), all.slice(0, -1));
  await page.click(`#network-layers input[data-layer="${last}"]`);
  same('and back', await names(), all);
  const other = await page.evaluate(() => [...document.querySelectorAll('#network-class option')].map(option => option.value).find(value => value !== '3'));
  if (other) {
    await page.evaluate(key => { const list = document.getElementById('network-class'); list.value = key; list.dispatchEvent(new Event('change')); }, other);
    check('another class', (await page.attribute('.network', 'aria-label')).includes(other));
    await page.evaluate(() => chooseNetwork('3'));
  }
  await page.click('#network [data-value=full]');
  await page.click('#network [data-value=fit]');
  const cell = await page.evaluate(() => ({ ...document.querySelector('.network .cell').dataset }));
  await page.hover('.network .cell');
  check('tooltip of a cell', (await page.text('#card')).includes(`source neuron ${cell.source}, target neuron ${cell.target}`));
  await similarityPanel(cell);
  await neuronPanel();
  await linkPanel();
  await networkKeys();
  await featureLink();
}

async function toggles() {
  const rest = '.network .histogram, .network .box, .network .others', regions = await page.count(rest);
  check('the legend explains them', await page.visible('#network .of-rest'));
  await page.hover('.network .histogram');
  check('tooltip of a histogram', await page.visible('#card'));
  await page.evaluate(() => document.getElementById('network-rest').click());
  check('goes with its mark', !await page.visible('#card'));
  check('and so does the legend', !await page.visible('#network .of-rest'));
  await page.click('#network-rest');
  await page.click('#network-rest');
  check('other neurons hidden', regions > 0 && await page.count(rest) === 0);
  await picture('network-no-rest');
  await page.click('#network-rest');
  same('and back', await page.count(rest), regions);
  const links = async () => [await page.count('.network .links.source .link'), await page.count('.network .links.target .link')];
  const [source, target] = await links();
  check('links of both', source > 0 && target > 0);
  await page.click('#network-source');
  same('source weights hidden', await links(), [0, target]);
  await page.click('#network-source');
  same('and back', await links(), [source, target]);
}

async function similarityPanel(cell) {
  await page.click('.network .cell');
  check('similarity panel', (await page.text('#panel h3')).includes(`similarity ${Number(cell.value).toFixed(3).replace('-', '\u2212')}`));
  same('with both neurons', await page.count('#panel img.feature'), 2);
  await picture('similarity-panel');
}

/* The first index of the target model: what the data says about that neuron. */
async function neuronPanel() {
  const want = await page.evaluate(() => {
    const node = document.querySelector('.network .neuron[data-model=target]'), neuron = Number(node.dataset.neuron);
    const layer = networkEntry().layers.find(l => l.name === node.closest('.matrix').dataset.layer), place = layer.top[1].indexOf(neuron);
    return { title: `${layer.name}, neuron ${neuron}`, rank: `${place + 1} of ${layer.neurons[1]}`, similar: layer.similar[1][place].map(([index, value]) => [index, value]) };
  });
  await page.click('.network .neuron[data-model=target]');
  same('neuron panel: title', await page.text('#panel h3'), want.title);
  check('neuron panel: rank', (await page.texts('#panel dd')).includes(want.rank));
  check('neuron panel: feature image', await page.visible('#panel img.feature'));
  const similar = await page.evaluate(() => [...document.querySelectorAll('#panel .similar tr[data-neuron]')].map(row => [Number(row.dataset.neuron), row.cells[1].textContent, Number(row.cells[2].textContent)]));
  same('neuron panel: the five most similar', similar.map(([neuron]) => neuron), want.similar.map(([neuron]) => neuron));
  same('with their similarities', similar.map(([, value]) => number(value)), want.similar.map(([, value]) => Number(value.toFixed(3))));
  check('most similar first, each with its rank', similar.length === 5 && sorted(similar.map(([, value]) => number(value)), -1) && similar.every(([, , rank]) => rank >= 1));
  check('each with an image', await page.evaluate(() => [...document.querySelectorAll('#panel .similar tr[data-neuron]')].every(row => row.querySelector('img.feature, canvas'))));
  await page.shown('#panel .patch canvas[data-drawn]');
  await picture('neuron-panel');
}

/* An inherited link where the networks have one: how they were trained decides that. */
async function linkPanel() {
  const links = '.network .links.target .link', any = await page.count(`${links}:has(.inherited)`) > 0;
  const link = any ? `${links}:has(.inherited)` : links;
  await page.hover(link);
  check('tooltip of a link', /from neuron \d+ to neuron \d+: /.test(await page.text('#card')));
  const kernels = await page.count('#card svg.kernel');
  await page.click(link);
  const rows = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#panel dt')].map(dt => [dt.textContent, dt.nextElementSibling.textContent])));
  const value = Number(await page.attribute(link, 'data-value'));
  check(`link panel: value ${JSON.stringify(rows)}`, Math.abs(number(rows['mean value']) - value) <= 0.005 * Math.abs(value));
  same('link panel: inherited', rows.inherited, any ? 'yes' : 'no');
  check('link panel: counterpart', /^\d+ \u2192 \d+ of the source model$/.test(rows.counterpart) || (!any && !rows.counterpart));
  check('tooltip: kernels of the link and of its counterpart', kernels === 2 || (!any && kernels === 1));
  check('link panel: kernels of the link and of its counterpart', await page.count('#panel svg.kernel') === kernels && await page.visible('#panel svg.kernel'));
  await picture('link-panel');
  await page.press('Escape');
  check('panel closed by key', !await page.visible('#panel'));
}

async function networkKeys() {
  await page.focus('.network .mark[tabindex="0"]');
  const label = () => page.evaluate(() => document.activeElement.getAttribute('aria-label')), before = await label();
  await page.press('ArrowDown');
  check('arrow keys move', before !== await label());
  const here = await label();
  await page.press('Enter');
  check('Enter opens', await page.visible('#panel'));
  same('the focus goes with it', await page.evaluate(() => document.activeElement.id), 'panel');
  await page.press('Escape');
  same('and comes back', await label(), here);
}

/* From the panel of a neuron that is listed to its row. */
async function featureLink() {
  const found = await page.evaluate(() => {
    const entry = state.data.features.find(e => e.class === network.key);
    for (const node of document.querySelectorAll('.network .neuron[data-model=target]')) {
      const layer = node.closest('.matrix').dataset.layer;
      if (entry.neuron.some((n, j) => n === Number(node.dataset.neuron) && entry.layer[j] === layer)) {
        node.id = 'listed-neuron';
        return true;
      }
    }
    return false;
  });
  check('a neuron of the feature list is shown', found);
  if (!found) return;
  await page.click('#listed-neuron');
  await page.click('.to-features');
  check('the feature list shows it', await page.visible('#features-list tr.found'));
  await page.press('Escape');
}

/* ---- features and domains ---- */

async function features() {
  await show('features');
  const u = async () => (await page.texts('#features-list tbody td:last-child')).map(number);
  await page.click('[data-value=most]');
  check('most discriminative first', sorted(await u(), -1));
  await page.click('[data-value=least]');
  check('least discriminative first', sorted(await u(), 1));
  await page.click('[data-value=most]');
  same('five are ticked', await page.count('#features-list input:checked'), 5);
  same('five axes', await page.count('#domains .axis'), 5);
  const place = () => page.attribute('#domains .instance', 'transform');
  const before = await place();
  await page.click('#features-list tr[data-index]:nth-child(6) input');
  same('a sixth axis', await page.count('#domains .axis'), 6);
  check('the projection is another', before !== await place());
  check('and says so', (await page.text('#domains-text')).includes('6 ticked neurons'));
  await picture('six-neurons');
  await page.click('#features-list tr[data-index]:nth-child(6) input');
  same('as before', await place(), before);
  await page.hover('#features-list img.feature');
  check('the feature image, large', await page.visible('#card img.feature'));
  await page.hover('#domains .instance');
  check('hover card of an instance', await page.visible('#card canvas'));
  await page.hover('#domains .axis text');
  check('hover card of an axis', (await page.text('#card')).startsWith('rank '));
  await picture('projection');
  await page.click('#domains [data-value=all]');
  check('all neurons', (await page.text('#domains-text')).includes('fitted on all'));
  await page.click('#domains [data-value=ticked]');
}

/* Fitted on every neuron the page finds what tv-discrim wrote. */
async function refit() {
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

/* ---- the rest ---- */

async function provenance() {
  await show('provenance');
  await page.settle();
  same('the navigation marks the view', await page.texts('nav a[aria-current]'), ['Provenance']);
  const history = await page.text('.history');
  for (const program of ['tv-report', 'tv-discrim', 'tv-attrib', 'tv-import']) check(`history: ${program}`, history.includes(program));
  check('parameters', (await page.texts('.parameters code')).some(option => option.startsWith('--class')));
  await picture('provenance');
}

/* Tab comes to every control, and only to what is seen. */
async function keyboard() {
  const controls = await page.evaluate(() => {
    document.activeElement.blur();
    scrollTo(0, 0);
    const all = [...document.querySelectorAll('a[href],button,select,input,summary,[tabindex="0"]')].filter(node => node.checkVisibility());
    all.forEach((node, i) => { node.dataset.stop = i; });
    return all.length;
  });
  const reached = new Set();
  let others = 0; /* the page itself, and what scrolls */
  for (let k = 0; k < 2 * controls && reached.size < controls; k++) {
    await page.press('Tab');
    const stop = await page.evaluate(() => document.activeElement.dataset.stop ?? null);
    if (stop !== null) reached.add(stop);
    else others++;
  }
  check(`and stops at little else: ${others}`, others < 10);
  const missed = await page.evaluate(seen => [...document.querySelectorAll('[data-stop]')].filter(node => !seen.includes(node.dataset.stop)).map(node => node.outerHTML.slice(0, 80)), [...reached]);
  same(`Tab reaches all ${controls} controls`, missed, []);
  await page.focus('#domains .instance[tabindex="0"]');
  await page.press('ArrowRight');
  check('arrow keys move in the projection', await page.evaluate(() => document.activeElement.matches('.instance[tabindex="0"]')) && await page.visible('#card'));
}

async function themes() {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const chart = () => page.attribute('#accuracy svg .ground', 'fill');
  same('light', await ground(), 'rgb(255, 255, 255)');
  await page.media({ scheme: 'dark' });
  same('dark', await ground(), 'rgb(20, 23, 28)');
  same('the chart, too', await chart(), '#14171c');
  for (const id of ['top', 'instances', 'network', 'features']) {
    await show(id);
    await picture(`dark-${id}`);
  }
  await page.media({ media: 'print', scheme: 'dark' });
  same('paper is white', await ground(), 'rgb(255, 255, 255)');
  for (const hidden of ['nav', '.map .toolbar .segments', '#network-layers', '.all']) check(`print hides ${hidden}`, !await page.visible(hidden));
  for (const kept of ['#accuracy', '#classes', '.map canvas', '.network', '.features', '.domains', '.history']) check(`print shows ${kept}`, await page.visible(kept));
  await page.media({ scheme: 'light' });
  const pdf = await page.pdf();
  check(`prints: ${pdf.length} bytes`, pdf.length > 20000 && pdf.subarray(0, 5).toString() === '%PDF-');
  if (pictures) require('fs').writeFileSync(path.join(pictures, 'print.pdf'), pdf);
}

const walks = {
  whole: [statistics, classes, instances, network, features, refit, provenance, keyboard, themes],
  /* A map of some of the images. */
  async subset() {
    const { n, all } = await page.evaluate(() => state.data.maps[0]);
    check(`some of the images: ${n} of ${all}`, n < all);
    same('the map says so', await page.text('#map-note'), `The map holds ${n} of ${all} images.`);
    const wrong = await page.evaluate(() => { const d = state.data.maps[0]; return [...d.label].filter((k, i) => d.target[i] < 0 || d.source[i] < 0).length; });
    same('every one has its predictions', wrong, 0);
    await instances();
    await page.evaluate(() => { const list = document.getElementById('map-choice'); list.value = 1; list.dispatchEvent(new Event('change')); });
    same('the other map', await page.evaluate(() => state.map.data.n), all);
    check('is whole', !await page.visible('#map-note'));
    await picture('other-map');
  },
  async accuracy() {
    check('the chart', await page.visible('#accuracy svg'));
    same('the other views say what they want', (await page.texts('.missing')).length, 3);
    await picture('accuracy-alone');
  },
};

/* The best of three: other tests may run at the same time. */
async function firstPaint(url) {
  const times = [];
  while (times.length < 3 && !times.some(ms => ms < 1000)) {
    await page.goto(url);
    await page.shown('html[data-ready]');
    times.push(await page.until('the first paint', () => performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]));
  }
  check(`first paint within a second: ${times} ms`, times.some(ms => ms < 1000));
}

async function main() {
  page = await open({ binary: process.env.CHROMIUM || '/usr/bin/chromium', scale: Number(process.env.SCALE || 1) });
  try {
    await firstPaint('file://' + path.resolve(report));
    await picture('top');
    for (const part of [walks[walk]].flat()) await part();
  } catch (error) {
    check(error.stack, false);
    await picture('failed');
  }
  check(`no console error, no request: ${page.troubles.join('; ')}`, page.troubles.length === 0);
  await page.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
main();
