/* panels.js - what is behind a mark of the network relation view: a neuron, a similarity, a link. */

function neuronFeature(side, layer, neuron, size) {
  return featureImage(networkEntry().features, `${SIDES[side]}/${layer}/${neuron}`, size);
}
function neuronPatches(side, layer, neuron) { return networkEntry().patches[`${SIDES[side]}/${layer}/${neuron}`]; }

/* The mark behind which the panel is; the focus goes back to it. */
let panelMark = null;

/* The panel stands at the side of the window that is farther from the mark clicked. */
function showPanel(...content) {
  const panel = byId('panel'), mark = document.activeElement.closest('.mark');
  if (mark) {
    panel.classList.toggle('left', mark.getBoundingClientRect().x > innerWidth / 2);
    panelMark = mark;
  }
  panel.hidden = false;
  hideCard();
  panel.replaceChildren(...content.flat(Infinity).filter(Boolean));
  panel.append(button('Close', { class: 'close', onclick: closePanel }));
  panel.setAttribute('aria-label', panel.firstChild.textContent);
  panel.scrollTop = 0;
  panel.focus({ preventScroll: true });
}

function closePanel() {
  const panel = byId('panel'), inside = panel.contains(document.activeElement);
  panel.hidden = true;
  if (inside && panelMark && panelMark.isConnected) panelMark.focus({ preventScroll: true });
  for (const mark of document.querySelectorAll('.network .chosen')) mark.classList.remove('chosen');
}

function properties(entries) {
  return html('dl', {}, entries.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) =>
    [html('dt', {}, name), html('dd', {}, value)]));
}

/* A button that opens a neuron's panel when it is among those shown, else plain text. */
function neuronLink(layer, side, neuron) {
  if (!layer.top[side].includes(neuron)) return html('span', {}, String(neuron));
  return button(String(neuron), { class: 'link', onclick: () => showNeuron(layer, side, neuron) });
}

function showNeuron(layer, side, neuron) {
  const place = layer.top[side].indexOf(neuron), other = 1 - side, similar = layer.similar[side][place];
  const features = state.data.features && state.data.features.find(entry => entry.class === network.key);
  const listed = features && side === 1 && features.layer.some((name, j) => name === layer.name && features.neuron[j] === neuron);
  showPanel(html('h3', {}, `${layer.name}, neuron ${neuron}`),
    pictures(side, layer, neuron, 140),
    properties([['model', sideTag(side)], ['layer', layer.name + (layer.node ? ` (${layer.node})` : '')], ['neuron', String(neuron)],
      ['rank', `${place + 1} of ${layer.neurons[side]}`]]),
    listed ? button('Show in the feature list', { class: 'to-features', onclick: () => emit('feature', { key: network.key, layer: layer.name, neuron }) }) : null,
    html('h4', {}, `Most similar in the ${SIDES[other]} model`),
    html('table', { class: 'similar' }, html('tr', {}, ['neuron', 'similarity', 'rank', '', ''].map((text, i) => html('th', { class: i % 3 ? 'number' : '' }, text))),
      similar.map(([index, value, rank]) => html('tr', { 'data-neuron': index }, html('td', {}, neuronLink(layer, other, index)),
        html('td', { class: 'number' }, fixed(value < -1 ? null : value, 3)), html('td', { class: 'number' }, rank === null ? '\u2013' : String(rank)),
        html('td', {}, neuronFeature(other, layer.name, index, 38) || ''), html('td', {}, patchList(neuronPatches(other, layer.name, index), 34, 3))))));
  outline(`.neuron[data-model="${SIDES[side]}"][data-neuron="${neuron}"]`, layer.name);
}

/* The feature image, `large` pixels wide, and patches of both domains. */
function pictures(side, layer, neuron, large) {
  const patches = neuronPatches(side, layer.name, neuron), feature = neuronFeature(side, layer.name, neuron, large);
  if (!patches || !patches.some(list => list.length))
    return feature || html('p', { class: 'hint' }, 'No images: give tv-report the attributions and the data sets.');
  return [feature, patchList(patches, 58, 5)];
}

/* The kernel of a link, when tv-features' output was given. */
function linkKernel(k, side, a, b) {
  const pair = `${k.v.layers[k.p].name}..${k.v.layers[k.p + 1].name}`, kernel = networkEntry().kernels[`${SIDES[side]}/${pair}/${a}/${b}`];
  return kernel ? kernelImage(kernel, `${SIDES[side]} model, ${a} \u2192 ${b}`) : null;
}

/* Those of a link and of its counterpart. */
function linkKernels(k, [a, b, , , ca, cb]) {
  const kernels = [linkKernel(k, k.side, k.v.layers[k.p].top[k.side][a], k.v.layers[k.p + 1].top[k.side][b]),
    ca >= 0 && cb >= 0 ? linkKernel(k, 0, ca, cb) : null].filter(Boolean);
  return kernels.length ? html('div', { class: 'kernels' }, kernels) : '';
}

function showSimilarity(layer, i, j) {
  const neurons = [layer.top[0][i], layer.top[1][j]];
  showPanel(html('h3', {}, `${layer.name}: similarity ${fixed(layer.sim[i][j], 3)}`),
    neurons.map((neuron, side) => [html('h4', {}, sideTag(side), ' neuron ', neuronLink(layer, side, neuron)),
      pictures(side, layer, neuron, 72)]));
  outline(`.cell[data-source="${neurons[0]}"][data-target="${neurons[1]}"]`, layer.name);
}

function showLink(k, link) {
  const [a, b, value, inherited, ca, cb] = link, first = k.v.layers[k.p], second = k.v.layers[k.p + 1];
  const from = first.top[k.side][a], to = second.top[k.side][b], known = ca >= 0 && cb >= 0;
  const other = known && k.pair.models[0] && k.pair.models[0].links.find(l => first.top[0][l[0]] === ca && second.top[0][l[1]] === cb);
  showPanel(html('h3', {}, `Link ${from} \u2192 ${to}`),
    properties([['model', sideTag(k.side)], ['layers', `${first.name} \u2192 ${second.name}`], ['mean value', short(value)],
      ['inherited', k.side === 1 && k.v.entry.inherited ? (inherited ? 'yes' : 'no') : null],
      ['counterpart', known ? `${ca} \u2192 ${cb} of the source model` : null], ['counterpart\u2019s value', other ? short(other[2]) : null]]),
    linkKernels(k, link),
    html('h4', {}, 'From neuron ', neuronLink(first, k.side, from)), pictures(k.side, first, from, 72),
    html('h4', {}, 'To neuron ', neuronLink(second, k.side, to)), pictures(k.side, second, to, 72),
    known ? [html('h4', {}, 'Counterpart: ', neuronLink(first, 0, ca), ' \u2192 ', neuronLink(second, 0, cb)),
      patchList(neuronPatches(0, first.name, ca), 48, 3), patchList(neuronPatches(0, second.name, cb), 48, 3)] : null);
  for (const mark of document.querySelectorAll('.network .chosen')) mark.classList.remove('chosen');
  const group = byId('network-view').querySelectorAll(`.links.${SIDES[k.side]}`);
  for (const corner of group)
    for (const mark of corner.querySelectorAll(`.link[data-from="${from}"][data-to="${to}"]`)) mark.classList.add('chosen');
}

/* Marks what the panel is about. */
function outline(selector, layer) {
  for (const mark of document.querySelectorAll('.network .chosen')) mark.classList.remove('chosen');
  for (const mark of byId('network-view').querySelectorAll(`.matrix[data-layer="${CSS.escape(layer)}"] ${selector}`)) mark.classList.add('chosen');
}
