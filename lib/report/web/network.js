/* network.js - the network relation view, laid out for the layers chosen:
 *
 *     [ M0 ]  links     matrices of important neurons down the diagonal, rows = target at even places, source at odd
 *      links [ M1 ]     ones; each corner between two of them holds the important links of one model
 */

const CELL = 25, SQUARE = 23, LABEL = 66, REST = 104, GAP = 30, NARROWEST = 84, RAMP = 32;

const network = { key: null, layers: [], rest: true, source: true };

function startNetwork(section) {
  const list = state.data.network;
  if (!list) return missing(section, 'similarities', 'tv-sim');
  const choice = html('select', { id: 'network-class', 'aria-label': 'Class',
    onchange: event => chooseNetwork(event.target.value) },
  list.map(entry => html('option', { value: entry.class }, entry.text)));
  section.append(html('div', { class: 'toolbar' }, html('label', {}, 'Show ', choice),
    html('fieldset', { id: 'network-layers' }, html('legend', {}, 'Layers')),
    checkbox('other neurons', true, value => { network.rest = value; drawNetwork(); }, { id: 'network-rest' }),
    checkbox('source model\u2019s links', true, value => { network.source = value; drawNetwork(); }, { id: 'network-source' }),
    segments('Size', [['fit', 'Fit'], ['full', '100%']], 'fit', size => byId('network-view').classList.toggle('fit', size === 'fit'))),
  networkLegend(), html('p', { class: 'legend keys' }, 'Click a neuron\u2019s index, a similarity or a link to see what is behind it; arrow keys move from mark to mark.'),
  html('p', { class: 'hint', id: 'network-note', role: 'status', hidden: true }),
  html('div', { class: 'scroll fit', id: 'network-view' }),
  html('aside', { id: 'panel', tabindex: '-1', role: 'dialog', hidden: true }));
  addEventListener('keydown', event => { if (event.key === 'Escape') closePanel(); });
  on('classes', () => {
    if (entryOfClass(list) && network.key !== state.key) chooseNetwork(state.key);
    networkNote(list);
  });
  const linked = list.find(entry => entry.pairs.some(pair => pair.models.some(Boolean)));
  chooseNetwork((linked || list[0]).class);
}

/* Selected classes that the similarities lack; links that the class shown lacks. */
function networkNote(list) {
  const note = byId('network-note'), shown = networkEntry();
  const linked = shown.pairs.some(pair => pair.models.some(Boolean)) || !list.some(entry => entry.pairs.some(pair => pair.models.some(Boolean)));
  note.textContent = absentNote(list, shown, 'similarities', 'tv-sim')
    || (linked ? '' : `${shown.text} has no links in this report; tv-weights makes them.`);
  note.hidden = !note.textContent;
}

function networkEntry() { return state.data.network.find(entry => entry.class === network.key); }

function chooseNetwork(key) {
  network.key = key;
  byId('network-class').value = key;
  const { layers } = networkEntry(), fieldset = byId('network-layers');
  network.layers = layers.map((layer, i) => i).slice(-5);
  fieldset.replaceChildren(html('legend', {}, 'Layers'), ...layers.map((layer, i) =>
    checkbox(layer.name, network.layers.includes(i), value => {
      network.layers = value ? [...network.layers, i].sort((a, b) => a - b) : network.layers.filter(k => k !== i);
      drawNetwork();
    }, { 'data-layer': layer.name })));
  closePanel();
  drawNetwork();
  networkNote(state.data.network);
}

function networkLegend() {
  const swatch = (style, text) => html('span', {}, html('i', { class: style }), text);
  return html('p', { class: 'legend' }, swatch('ramp', 'similarity, value of a link: 0 to its maximum'), swatch('same', 'same index in both models'),
    swatch('source', 'source model'), swatch('target', 'target model'), swatch('dot', 'inherited link'),
    swatch('flow', 'number of links of a neuron'),
    html('span', { class: 'of-rest' }, 'boxplot: links with other neurons, the thicker the more; pie: their inherited share; histogram: all other pairs'));
}

/* ---- layout ---- */

function networkLayout(entry) {
  const layers = network.layers.map(i => entry.layers[i]), x = [8], y = [0], rest = network.rest ? REST : GAP;
  const rows = layers.map((layer, p) => p % 2 ? 0 : 1);
  const room = neurons => Math.max(neurons.length * CELL, network.rest ? NARROWEST : 0); /* a histogram fits below */
  layers.forEach((layer, p) => {
    x.push(x[p] + LABEL + room(layer.top[1 - rows[p]]) + rest);
    y.push(y[p] + LABEL + room(layer.top[rows[p]]) + rest);
  });
  return { entry, layers, rows, x, y, rest };
}
function cellX(v, p) { return v.x[p] + LABEL; }
function cellY(v, p) { return v.y[p] + LABEL; }
function restX(v, p) { return v.x[p + 1] - v.rest; }
function restY(v, p) { return v.y[p + 1] - v.rest; }
/* The neurons along the rows, the columns of matrix p. */
function rowNeurons(v, p) { return v.layers[p].top[v.rows[p]]; }
function columnNeurons(v, p) { return v.layers[p].top[1 - v.rows[p]]; }
function ramp(value) { return `var(--ramp-${Math.round(Math.max(0, Math.min(1, value)) * RAMP)})`; }

function drawNetwork() {
  const v = networkLayout(networkEntry()), n = v.layers.length, view = byId('network-view');
  hideCard();
  byId('network').classList.toggle('important', !network.rest);
  if (!n) return view.replaceChildren(html('p', { class: 'hint' }, 'Choose at least one layer.'));
  const width = v.x[n] + 8, height = v.y[n] + 8;
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, class: 'network', role: 'group', 'aria-label': `Network relation view, ${v.entry.text}` });
  v.scale = linkScale(v);
  for (let p = 0; p + 1 < n; p++) {
    const pair = linkPair(v, p);
    if (pair) picture.append(drawLinks(v, p, pair, true), drawLinks(v, p, pair, false));
  }
  for (let p = 0; p < n; p++) picture.append(drawMatrix(v, p));
  const first = picture.querySelector('.matrix .mark');
  if (first) first.setAttribute('tabindex', '0');
  picture.addEventListener('keydown', moveFocus);
  view.replaceChildren(picture);
}

/* A group with a tooltip that arrow keys reach. */
function spot(style, text, attributes, ...children) {
  return hover(svg('g', { class: `mark ${style}`, tabindex: '-1', role: 'img', 'aria-label': text, ...attributes }, children), () => text);
}

/* Arrow keys go to the nearest mark in that direction; Enter and space click it. */
function moveFocus(event) {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const here = event.target.closest('.mark');
  if (!here) return;
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    here.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  }
  if (!direction) return;
  event.preventDefault();
  const middle = node => { const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
  const [x, y] = middle(here);
  let best = null, least = Infinity;
  for (const mark of event.currentTarget.querySelectorAll('.mark')) {
    const [mx, my] = middle(mark), along = (mx - x) * direction[0] + (my - y) * direction[1];
    const across = Math.abs((mx - x) * direction[1]) + Math.abs((my - y) * direction[0]);
    if (mark !== here && along > 1 && along + 3 * across < least) { least = along + 3 * across; best = mark; }
  }
  if (!best) return;
  here.setAttribute('tabindex', '-1');
  best.setAttribute('tabindex', '0');
  best.focus();
}

/* A group that can be clicked and has a tooltip: its text, and what `more` returns. */
function mark(style, text, click, data, ...children) {
  const { more, ...rest } = data;
  data = rest;
  const node = svg('g', { class: `mark ${style}`, tabindex: '-1', role: 'button', 'aria-label': text, ...data, onclick: event => click(event) }, children);
  return hover(node, () => [html('p', {}, text), more ? more() : ''].flat());
}

/* ---- a matrix with its sides and histograms ---- */

function drawMatrix(v, p) {
  const layer = v.layers[p], x0 = cellX(v, p), y0 = cellY(v, p), target = v.rows[p] === 1;
  const group = svg('g', { class: 'matrix', 'data-layer': layer.name },
    svg('text', { class: 'name', x: x0 - 10, y: y0 - 14, 'text-anchor': 'end' }, layer.name),
    drawSide(v, p, true), drawSide(v, p, false));
  rowNeurons(v, p).forEach((row, r) => columnNeurons(v, p).forEach((column, c) => {
    const i = target ? c : r, j = target ? r : c, value = layer.sim[i][j];
    const source = layer.top[0][i], neuron = layer.top[1][j];
    group.append(mark('cell', `source neuron ${source}, target neuron ${neuron}: similarity ${fixed(value, 3)}`,
      () => showSimilarity(layer, i, j), { 'data-source': source, 'data-target': neuron, 'data-value': value },
      svg('rect', { x: x0 + c * CELL, y: y0 + r * CELL, width: SQUARE, height: SQUARE, style: `fill:${ramp(value ?? 0)}`,
        class: source === neuron ? 'same' : '' })));
  }));
  if (network.rest) group.append(...drawRest(v, p));
  return group;
}

function drawSide(v, p, columns) {
  const layer = v.layers[p], side = columns ? 1 - v.rows[p] : v.rows[p], neurons = layer.top[side];
  const x0 = cellX(v, p), y0 = cellY(v, p), length = neurons.length * CELL - 2, others = layer.neurons[side] - neurons.length;
  const bar = (at, size, style) => svg('rect', { class: style, x: columns ? at : x0 - 9, y: columns ? y0 - 9 : at,
    width: columns ? size : 5, height: columns ? 5 : size });
  const group = svg('g', { class: `side ${SIDES[side]}` }, bar(columns ? x0 : y0, length, 'bar'));
  const turned = (at, text) => columns
    ? svg('text', { transform: `translate(${at + 4} ${y0 - 13})rotate(-90)` }, text)
    : svg('text', { x: x0 - 13, y: at + 4, 'text-anchor': 'end' }, text);
  neurons.forEach((neuron, k) => {
    const at = (columns ? x0 : y0) + k * CELL + SQUARE / 2;
    group.append(mark('neuron', `${SIDES[side]} model, ${layer.name}, neuron ${neuron}: rank ${k + 1}`,
      () => showNeuron(layer, side, neuron), { 'data-model': SIDES[side], 'data-neuron': neuron },
      svg('rect', { class: 'hit', x: columns ? at - SQUARE / 2 : x0 - 48, y: columns ? y0 - 48 : at - SQUARE / 2,
        width: columns ? SQUARE : 38, height: columns ? 38 : SQUARE }), turned(at, String(neuron))));
  });
  if (network.rest && others > 0) {
    const at = columns ? restX(v, p) : restY(v, p);
    group.append(bar(at, v.rest - 14, 'bar pale'), turned(at + 12, `+${others}`));
  }
  return group;
}

/* Three histograms on one height: shares of the pairs of each region. */
function drawRest(v, p) {
  const layer = v.layers[p], target = v.rows[p] === 1, H = 46, W = 72;
  const regions = [[target ? 1 : 0, 'important rows, other columns', restX(v, p) + 6, cellY(v, p)],
    [target ? 0 : 1, 'other rows, important columns', cellX(v, p), restY(v, p) + 6], [2, 'other rows, other columns', restX(v, p) + 6, restY(v, p) + 6]];
  const shares = layer.histograms.map(counts => { const all = sum(counts); return counts.map(n => all ? n / all : 0); });
  const full = Math.max(1e-9, ...shares.flat());
  return regions.filter(([k]) => sum(layer.histograms[k])).map(([k, name, x, y]) =>
    spot('histogram', `${name}: similarities of ${count(sum(layer.histograms[k]), 'pair')}`, { transform: `translate(${x} ${y})`, 'data-region': name },
      svg('rect', { class: 'ground', width: W, height: H }), bars(shares[k], W, H - 3, full, H, 'similarities'),
      svg('line', { class: 'zero', x1: W / 2, x2: W / 2, y2: H }),
      ['\u22121', '0', '1'].map((text, i) => svg('text', { x: i * W / 2, y: H + 11, 'text-anchor': ['start', 'middle', 'end'][i] }, text))));
}
function sum(list) { return list.reduce((a, b) => a + b, 0); }

/* Bars upwards from y; what is not zero is visible. */
function bars(values, width, height, full, y, style) {
  const w = width / values.length;
  return svg('path', { class: style, d: values.map((value, i) => {
    if (!(value > 0)) return '';
    const h = Math.sign(height) * Math.max(1, Math.abs(height) * value / full);
    return `M${(i * w + 0.25).toFixed(2)} ${y}v${(-h).toFixed(2)}h${(w - 0.5).toFixed(2)}V${y}Z`;
  }).join('') });
}
