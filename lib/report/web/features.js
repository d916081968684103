/* features.js - the feature ranking list: neurons by domain discriminability, ticked ones make the projection. */

const features = { key: null, order: 'most', shown: 10, ticked: new Set(), fit: 'ticked' };
const FIRST = 5, PAGE = 10;

function startFeatures(section) {
  const list = state.data.features;
  if (!list) return missing(section, 'domain discriminability', 'tv-discrim');
  section.append(html('div', { class: 'toolbar' }, html('label', {}, 'Show ', html('select', { id: 'features-class', 'aria-label': 'Class',
    onchange: event => chooseFeatures(event.target.value) }, list.map(entry => html('option', { value: entry.class }, entry.text)))),
  html('span', { class: 'row' }, 'Order', segments('Order', [['most', 'most discriminative'], ['least', 'least discriminative']], 'most',
    order => { features.order = order; features.shown = PAGE; drawFeatures(); })),
  html('output', { id: 'features-text' })), html('p', { class: 'hint', id: 'features-note', role: 'status', hidden: true }),
  html('div', { class: 'columns even' }, html('div', { id: 'features-list' }),
    html('div', { id: 'domains' })));
  on('classes', () => {
    if (entryOfClass(list) && features.key !== state.key) chooseFeatures(state.key);
    const note = byId('features-note');
    note.textContent = absentNote(list, featuresEntry(), 'discriminabilities', 'tv-discrim');
    note.hidden = !note.textContent;
  });
  on('feature', showFeature);
  on('lasso', () => drawDomains(featuresEntry()));
  chooseFeatures(list[0].class);
}

function featuresEntry() { return state.data.features.find(entry => entry.class === features.key); }

/* Neurons in the order asked for. */
function featureOrder(entry) {
  const order = entry.neuron.map((_, j) => j).sort((a, b) => entry.rank[a] - entry.rank[b]);
  return features.order === 'most' ? order : order.reverse();
}

function chooseFeatures(key) {
  features.key = key;
  byId('features-class').value = key;
  const entry = featuresEntry(), parts = [count(entry.neuron.length, 'neuron'), count(entry.domain.length, 'instance')];
  features.ticked = new Set(featureOrder(entry).slice(0, FIRST));
  features.fit = entry.scaled ? 'ticked' : 'all';
  features.shown = PAGE;
  if (entry.cv !== null) parts.push(`cross-validated accuracy ${fixed(entry.cv, 3)}`);
  if (entry.adistance !== null) parts.push(`proxy A-distance ${fixed(entry.adistance, 2)}`);
  byId('features-text').textContent = parts.join(' \u00b7 ');
  drawFeatures();
  drawDomains(entry);
}

/* From a neuron's panel: its row, in view and marked. */
function showFeature({ key, layer, neuron }) {
  if (features.key !== key) chooseFeatures(key);
  const entry = featuresEntry(), j = entry.neuron.findIndex((n, i) => n === neuron && entry.layer[i] === layer);
  features.shown = Math.max(features.shown, featureOrder(entry).indexOf(j) + 1);
  drawFeatures();
  const row = byId('features-list').querySelector(`[data-index="${j}"]`);
  row.classList.add('found');
  row.scrollIntoView({ block: 'center' });
  row.querySelector('input').focus({ preventScroll: true });
}

function drawFeatures() {
  const entry = featuresEntry(), order = featureOrder(entry), most = Math.max(...entry.u.map(Math.abs), 1e-12);
  const left = order.length - features.shown;
  byId('features-list').replaceChildren(html('table', { class: 'features' },
    html('caption', {}, 'Features by domain discriminability. Ticked neurons make the projection.'),
    html('thead', {}, html('tr', {}, ['', 'rank', 'layer', 'neuron', 'responds most to', 'conductances', '|u|'].map(text => html('th', { scope: 'col', class: ['rank', 'neuron', '|u|'].includes(text) ? 'number' : '' }, text)))),
    html('tbody', {}, order.slice(0, features.shown).map(j => featureRow(entry, j, most)))),
  left > 0 ? html('p', { class: 'more' }, button(`Show ${Math.min(PAGE, left)} more`, { onclick: () => { features.shown += PAGE; drawFeatures(); } }),
    button(`Show all ${order.length}`, { onclick: () => { features.shown = order.length; drawFeatures(); } })) : '');
}

function featureRow(entry, j, most) {
  const name = `${entry.layer[j]}, neuron ${entry.neuron[j]}`, u = entry.u[j];
  return html('tr', { 'data-index': j }, html('td', {}, html('input', { type: 'checkbox', 'aria-label': `Use ${name} in the projection`,
    checked: features.ticked.has(j), onchange: event => tick(entry, j, event.target.checked) })),
  html('td', { class: 'number' }, String(entry.rank[j])), html('td', {}, entry.layer[j]), html('td', { class: 'number' }, String(entry.neuron[j])),
  html('td', {}, featureCell(entry, `target/${entry.layer[j]}/${entry.neuron[j]}`)),
  html('td', {}, mirrored(entry, j)),
  html('td', { class: 'number' }, fixed(Math.abs(u), 3), html('span', { class: `meter ${u < 0 ? 'source' : 'target'}` }, html('i', { style: `width:${100 * Math.abs(u) / most}%` }))));
}

/* Feature image (large under the pointer) and patches. */
function featureCell(entry, key) {
  const image = featureImage(entry.features, key, 38);
  return html('div', { class: 'row' }, image && hover(image, () => featureImage(entry.features, key, 160)), patchList(entry.patches[key], 34, 3));
}

function tick(entry, j, on) {
  if (on) features.ticked.add(j); else features.ticked.delete(j);
  drawDomains(entry);
}

/* Conductances: shares of the source instances upwards, of the target's downwards, on one scale; the ends of the range
 * beside the axis. */
function mirrored(entry, j) {
  const BINS = 30, W = 120, H = 24, Y = 36, X = 50, [lo, hi] = [entry.range[2 * j], entry.range[2 * j + 1]];
  const shares = [0, 1].map(side => {
    const counts = Array.from(entry.histogram.subarray((2 * j + side) * BINS, (2 * j + side + 1) * BINS)), all = sum(counts);
    return counts.map(n => all ? n / all : 0);
  });
  const full = Math.max(...shares.flat(), 1e-9);
  const peak = side => {
    const most = Math.max(...shares[side]), at = (shares[side].indexOf(most) + 0.5) * W / BINS, tip = H * most / full;
    return svg('text', { x: at, y: side ? Y + tip + 10 : Y - tip - 3, 'text-anchor': 'middle' }, `${Math.round(100 * most)}%`);
  };
  const end = (x, anchor, value, other) => svg('text', { x, y: Y + 3.5, 'text-anchor': anchor }, short(Math.abs(value) < 1e-6 * Math.abs(other) ? 0 : value));
  return hover(svg('svg', { class: 'mirrored', viewBox: `${-X} 0 ${W + 2 * X} ${2 * Y}`, width: W + 2 * X, height: 2 * Y, role: 'img',
    'aria-label': `conductances from ${short(lo)} to ${short(hi)}` },
  bars(shares[0], W, H, full, Y, 'source'), bars(shares[1], W, -H, full, Y, 'target'), svg('line', { class: 'base', x2: W, y1: Y, y2: Y }),
  peak(0), peak(1), end(-5, 'end', lo, hi), end(W + 5, 'start', hi, lo)),
  () => `${entry.layer[j]}, neuron ${entry.neuron[j]}: conductances from ${short(lo)} to ${short(hi)}; source above, target below`);
}
