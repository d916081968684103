/* domains.js - the domain discriminability plot: instances on the plane of the classifier's direction, boundary, axes. */

/* What is drawn: fitted again on the ticked neurons, or as tv-discrim projected all of them. */
function domainsProjection(entry) {
  const ticked = [...features.ticked].sort((a, b) => entry.rank[a] - entry.rank[b]);
  if (features.fit === 'ticked' && entry.scaled) {
    if (!ticked.length) return { at: null, ticked };
    return { ...projectNeurons(entry, ticked), ticked };
  }
  const axes = ticked.flatMap(j => [entry.axes[2 * j], entry.axes[2 * j + 1]]);
  return { at: entry.projection, axes, boundary: entry.boundary ?? 0, accuracy: null, ticked };
}

function drawDomains(entry) {
  const view = byId('domains'), shown = domainsProjection(entry), n = shown.ticked.length;
  const what = features.fit === 'ticked' ? `fitted on ${count(n, 'ticked neuron')}` : `fitted on all ${entry.neuron.length}, axes of ${count(n, 'ticked neuron')}`;
  hideCard();
  view.replaceChildren(html('div', { class: 'toolbar' }, entry.scaled
    ? segments('Projection of', [['ticked', 'ticked neurons'], ['all', 'all neurons']], features.fit, fit => { features.fit = fit; drawDomains(entry); }) : '',
  html('output', { id: 'domains-text' }, what + (shown.accuracy !== null && shown.accuracy !== undefined ? `: ${(100 * shown.accuracy).toFixed(1)}% of the instances on their domain\u2019s side` : ''))));
  if (!shown.at) return view.append(html('p', { class: 'hint' }, 'Tick at least one neuron.'));
  view.append(domainsPlot(entry, shown), domainsLegend());
}

function domainsLegend() {
  const entry = (path, style, text) => html('span', {}, svg('svg', { viewBox: '-8 -8 16 16', width: 16, height: 16 }, svg('path', { d: path, class: style })), text);
  return html('p', { class: 'legend' }, entry(markPath(0, 4), 'source', 'source'), entry(markPath(1, 4), 'target', 'target'),
    entry(markPath(1, 6), 'ring', 'common knowledge: source instances nearest the target'), entry('M0 -8V8', 'boundary', 'decision boundary'),
    entry('M-7 5L6 -5M6 -5L1 -4M6 -5L4 0', 'arrow', 'axis of a neuron'));
}

function domainsPlot(entry, shown) {
  const W = 560, H = 440, P = 34, m = entry.domain.length, lo = [Infinity, Infinity], hi = [-Infinity, -Infinity];
  for (let i = 0; i < 2 * m; i++) { lo[i % 2] = Math.min(lo[i % 2], shown.at[i]); hi[i % 2] = Math.max(hi[i % 2], shown.at[i]); }
  lo[0] = Math.min(lo[0], shown.boundary, 0);
  hi[0] = Math.max(hi[0], shown.boundary, 0);
  for (const a of [0, 1]) if (!(hi[a] - lo[a] > 1e-9)) { lo[a] -= 0.5; hi[a] += 0.5; }
  const x = v => P + (v - lo[0]) / (hi[0] - lo[0]) * (W - 2 * P), y = v => H - P - (v - lo[1]) / (hi[1] - lo[1]) * (H - 2 * P);
  const edge = x(shown.boundary);
  const plot = svg('svg', { class: 'domains', viewBox: `0 0 ${W} ${H}`, role: 'group', 'aria-label': 'Domain discriminability plot' },
    svg('rect', { class: 'side-source', width: edge, height: H }), svg('rect', { class: 'side-target', x: edge, width: W - edge, height: H }),
    svg('line', { class: 'boundary', x1: edge, x2: edge, y2: H }),
    svg('text', { class: 'side source', x: 10, y: 20 }, 'source side'), svg('text', { class: 'side target', x: W - 10, y: 20, 'text-anchor': 'end' }, 'target side'),
    svg('text', { class: 'scale', x: W / 2, y: H - 8, 'text-anchor': 'middle' }, 'projection on u: domain discriminability'),
    svg('text', { class: 'scale', transform: `translate(15 ${H / 2})rotate(-90)`, 'text-anchor': 'middle' }, 'projection on the first principal component'));
  const common = new Set(entry.common ? [...entry.common] : []), chosen = lassoImages();
  for (const i of mixedOrder(m)) plot.append(domainsPoint(entry, i, x(shown.at[2 * i]), y(shown.at[2 * i + 1]), common.has(i), chosen && !chosen.has(entry.image[i])));
  const first = plot.querySelector('.mark');
  if (first) first.setAttribute('tabindex', '0');
  plot.addEventListener('keydown', moveFocus);
  plot.append(...domainsAxes(entry, shown, x, y, W, H));
  return plot;
}

/* Images within the lasso; null without one. */
function lassoImages() {
  return state.lasso ? new Set([...state.lasso].map(i => state.map.data.image[i])) : null;
}

function domainsPoint(entry, i, x, y, common, faint) {
  const side = entry.domain[i], group = svg('g', { class: `mark instance ${SIDES[side]}${faint ? ' faint' : ''}`, tabindex: '-1', role: 'img', 'aria-label': entry.path ? entry.path[i] : `${SIDES[side]} instance`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, 'data-row': i },
    common ? svg('circle', { class: 'ring', r: 8 }) : null, svg('path', { d: markPath(side, 4) }));
  return hover(group, () => [entry.image[i] >= 0 ? thumbnail(entry.image[i], 115) : '', html('p', {}, domainTag(side), common ? ' common knowledge' : ''),
    entry.path ? html('p', {}, entry.path[i]) : '', entry.decision ? html('p', {}, `decision ${fixed(entry.decision[i], 3)}`) : '']);
}

/* Arrows of one stretch, as long as the plot allows; labels at their tips, apart from each other. */
function domainsAxes(entry, shown, x, y, W, H) {
  let stretch = Infinity;
  const origin = [x(0), y(0)], steps = shown.ticked.map((j, k) => [x(shown.axes[2 * k]) - origin[0], y(shown.axes[2 * k + 1]) - origin[1]]);
  for (const [dx, dy] of steps)
    stretch = Math.min(stretch, dx > 0 ? (W - 60 - origin[0]) / dx : dx < 0 ? (60 - origin[0]) / dx : Infinity,
      dy > 0 ? (H - 50 - origin[1]) / dy : dy < 0 ? (64 - origin[1]) / dy : Infinity);
  if (!Number.isFinite(stretch)) stretch = 1;
  const taken = [];
  return shown.ticked.map((j, k) => {
    const [dx, dy] = steps[k].map(d => d * stretch), length = Math.hypot(dx, dy) || 1, tip = [origin[0] + dx, origin[1] + dy];
    const name = `${entry.layer[j]} #${entry.neuron[j]}`, label = [Math.max(34, Math.min(W - 34, tip[0] + 12 * dx / length)), tip[1] + (dy < 0 ? -7 : 14)];
    while (taken.some(other => Math.abs(other[0] - label[0]) < 76 && Math.abs(other[1] - label[1]) < 15)) label[1] += dy < 0 ? -15 : 15;
    label[1] = Math.max(12, Math.min(H - 6, label[1]));
    taken.push(label);
    const wing = sign => { const a = Math.atan2(dy, dx) + sign * 2.65; return `L${tip[0] + 9 * Math.cos(a)} ${tip[1] + 9 * Math.sin(a)}`; };
    return hover(svg('g', { class: 'axis', tabindex: '0', 'data-neuron': entry.neuron[j], 'data-layer': entry.layer[j] },
      svg('path', { class: 'hit', d: `M${origin}L${tip}` }), svg('path', { class: 'shaft', d: `M${origin}L${tip}` }),
      svg('path', { class: 'head', d: `M${tip}${wing(1)}${wing(-1)}Z` }), svg('text', { x: label[0], y: label[1], 'text-anchor': 'middle' }, name)),
    () => `rank ${entry.rank[j]}: ${entry.layer[j]}, neuron ${entry.neuron[j]}, |u| ${fixed(Math.abs(entry.u[j]), 3)}`);
  });
}
