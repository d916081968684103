/* links.js - the corners of the network relation view: squares, boxplots, pies and flow lines of one model's important
 * links between two layers.
 *
 *                      shown columns     others
 *      shown rows    | squares         | boxplots, pies |
 *      others        | boxplots, pies  | histogram      |
 */

const PIE = 5, BOX_PAD = 6, PIE_ROOM = 2 * PIE + 8;

/* The links between the layers at places p and p+1, when they follow each other in the network. */
function linkPair(v, p) {
  if (network.layers[p + 1] !== network.layers[p] + 1) return null;
  return v.entry.pairs.find(pair => pair.from === network.layers[p]) || null;
}

/* One thickness of boxes and width of flow lines for the whole view. */
function linkScale(v) {
  let thickest = 1, widest = 1;
  for (let p = 0; p + 1 < v.layers.length; p++)
    for (const model of (linkPair(v, p) || { models: [] }).models)
      if (model)
        for (const [ends, k] of [['from', 0], ['to', 1]])
          model[ends].forEach((bundle, place) => {
            thickest = Math.max(thickest, bundle ? bundle[0] : 0);
            widest = Math.max(widest, (bundle ? bundle[0] : 0) + model.links.filter(link => link[k] === place).length);
          });
  return { thickness: n => 2 + (SQUARE - 4) * n / thickest, flow: n => Math.max(0.75, 9 * n / widest) };
}

/* Above the diagonal rows are the neurons of layer p and columns those of p+1; below the other way round. */
function drawLinks(v, p, pair, above) {
  const side = above ? v.rows[p] : 1 - v.rows[p], model = pair.models[side];
  const group = svg('g', { class: `links ${SIDES[side]}`, 'data-model': SIDES[side] });
  if (!model || (side === 0 && !network.source)) return group;
  const row = above ? p : p + 1, column = above ? p + 1 : p;
  const k = { v, p, pair, above, side, model, x0: cellX(v, column), y0: cellY(v, row), xr: restX(v, column), yr: restY(v, row),
    right: v.x[column + 1], bottom: v.y[row + 1], rows: v.layers[row].top[side], columns: v.layers[column].top[side],
    ofRows: model[above ? 'from' : 'to'], ofColumns: model[above ? 'to' : 'from'] };
  k.range = pair.range || [0, 1];
  k.share = value => k.range[1] > k.range[0] ? (value - k.range[0]) / (k.range[1] - k.range[0]) : 1;
  group.append(drawGrid(k), drawFlows(k), ...model.links.map(link => drawSquare(k, link)));
  if (network.rest) {
    k.ofRows.forEach((bundle, r) => bundle && group.append(drawBox(k, bundle, r, false)));
    k.ofColumns.forEach((bundle, c) => bundle && group.append(drawBox(k, bundle, c, true)));
    group.append(...drawScales(k));
    if (model.others.n) group.append(drawOthers(k));
  }
  return group;
}

/* Where links between the neurons shown could be. */
function drawGrid(k) {
  const cells = k.rows.flatMap((_, r) => k.columns.map((_, c) => `M${k.x0 + c * CELL} ${k.y0 + r * CELL}h${SQUARE}v${SQUARE}h${-SQUARE}z`));
  return svg('path', { class: 'ground', d: cells.join('') });
}

function rowPlace(k, link) { return link[k.above ? 0 : 1]; }
function columnPlace(k, link) { return link[k.above ? 1 : 0]; }

function drawSquare(k, link) {
  const [a, b, value, inherited, ca, cb] = link, pairOf = [k.v.layers[k.p].top[k.side][a], k.v.layers[k.p + 1].top[k.side][b]];
  const x = k.x0 + columnPlace(k, link) * CELL, y = k.y0 + rowPlace(k, link) * CELL;
  const text = `${SIDES[k.side]} model, from neuron ${pairOf[0]} to neuron ${pairOf[1]}: ${short(value)}`
    + (inherited ? '; inherited' : '') + (ca >= 0 && cb >= 0 ? `; counterpart ${ca} \u2192 ${cb}` : '');
  return mark('link', text, () => showLink(k, link), { 'data-from': pairOf[0], 'data-to': pairOf[1], 'data-value': value, more: () => linkKernels(k, link) },
    svg('rect', { x, y, width: SQUARE, height: SQUARE, style: `fill:${ramp(0.08 + 0.92 * k.share(value))}` }),
    inherited ? svg('circle', { class: 'inherited', cx: x + SQUARE / 2, cy: y + SQUARE / 2, r: 4 }) : null);
}

/* ---- boxplots ---- */

function boxRoom(k) { return k.v.rest - PIE_ROOM - 2 * BOX_PAD - 8; }

/* The ends of the boxplots' scale, above those of the rows and beside those of the columns. */
function drawScales(k) {
  const text = (x, y, anchor, end) => svg('text', { class: 'scale', x, y, 'text-anchor': anchor }, short(k.range[end])), room = boxRoom(k), list = [];
  if (k.ofRows.some(Boolean)) list.push(text(k.xr + BOX_PAD, k.y0 - 6, 'middle', 0), text(k.xr + BOX_PAD + room, k.y0 - 6, 'middle', 1));
  if (k.ofColumns.some(Boolean)) list.push(text(k.x0 - 7, k.yr + BOX_PAD + 4, 'end', 1), text(k.x0 - 7, k.yr + BOX_PAD + room + 4, 'end', 0));
  return list;
}

function drawBox(k, bundle, place, upright) {
  const [n, inherited, low, q1, median, q3, high] = bundle, room = boxRoom(k);
  const start = (upright ? k.yr : k.xr) + BOX_PAD, at = value => start + (upright ? 1 - k.share(value) : k.share(value)) * room;
  const across = (upright ? k.x0 : k.y0) + place * CELL + SQUARE / 2, t = k.v.scale.thickness(n);
  const line = (a, b, c, d, style) => upright ? svg('line', { class: style, x1: a, y1: b, x2: c, y2: d }) : svg('line', { class: style, x1: b, y1: a, x2: d, y2: c });
  const from = Math.min(at(q1), at(q3)), size = Math.max(1, Math.abs(at(q3) - at(q1))), pie = start + room + PIE_ROOM / 2 + 2;
  const neuron = (upright ? k.columns : k.rows)[place];
  const text = `neuron ${neuron}: ${count(n, 'important link')} with other neurons` + (k.side === 1 && k.v.entry.inherited ? `, ${inherited} inherited` : '')
    + `; median ${short(median)}, quartiles ${short(q1)} to ${short(q3)}`;
  const group = spot('box', text, { 'data-links': n, 'data-inherited': inherited },
    line(across, at(low), across, at(high), 'whisker'),
    svg('rect', upright ? { x: across - t / 2, y: from, width: t, height: size } : { x: from, y: across - t / 2, width: size, height: t }),
    line(across - t / 2, at(median), across + t / 2, at(median), 'median'));
  if (k.side === 1 && k.v.entry.inherited) group.append(drawPie(upright ? across : pie, upright ? pie : across, inherited / n));
  return group;
}

function drawPie(x, y, share) {
  const group = svg('g', { class: 'pie', transform: `translate(${x} ${y})`, 'data-share': share.toFixed(3) }, svg('circle', { class: 'off', r: PIE }));
  const angle = 2 * Math.PI * share, large = share > 0.5 ? 1 : 0;
  if (share >= 1) group.append(svg('circle', { class: 'on', r: PIE }));
  else if (share > 0)
    group.append(svg('path', { class: 'on', d: `M0 0V${-PIE}A${PIE} ${PIE} 0 ${large} 1 ${PIE * Math.sin(angle)} ${-PIE * Math.cos(angle)}Z` }));
  return group;
}

function drawOthers(k) {
  const { n, inherited, histogram } = k.model.others, W = 72, H = 46;
  const text = `${count(n, 'important link')} between other neurons` + (k.side === 1 && k.v.entry.inherited ? `, ${inherited} inherited` : '');
  return spot('others', text, { transform: `translate(${k.xr + 6} ${k.yr + 6})` }, svg('rect', { class: 'ground', width: W, height: H }),
    bars(histogram, W, H - 3, Math.max(...histogram), H, SIDES[k.side]),
    svg('text', { x: W / 2, y: H + 13, 'text-anchor': 'middle' }, count(n, 'link')));
}

/* ---- flow lines: how many links a neuron sends or receives ---- */

function drawFlows(k) {
  const group = svg('g', { class: 'flows' }), strip = LABEL - 46;
  const draw = (upright, bundle, squares, across, edge, box, diverges) => {
    const boxed = network.rest && bundle ? bundle[0] : 0, sorted = squares.sort((a, b) => a - b);
    let n = diverges ? sorted.length + boxed : 0, at = edge;
    const segment = (from, to, links) => {
      if (links <= 0 || to <= from) return;
      group.append(svg('line', { 'stroke-width': k.v.scale.flow(links).toFixed(2), ...(upright
        ? { x1: across, x2: across, y1: from, y2: to } : { y1: across, y2: across, x1: from, x2: to }) }));
    };
    if (!diverges) at = sorted.length ? sorted[0] : box;
    for (const square of sorted) {
      segment(at, square, n);
      at = square;
      n += diverges ? -1 : 1;
    }
    if (diverges) segment(at, box, n);
    else {
      if (boxed) segment(at, box, n);
      segment(boxed ? box : at, edge, n + boxed);
    }
  };
  const middle = (first, place) => first + place * CELL + SQUARE / 2;
  k.rows.forEach((neuron, r) => draw(false, k.ofRows[r],
    k.model.links.filter(link => rowPlace(k, link) === r).map(link => middle(k.x0, columnPlace(k, link))),
    middle(k.y0, r), k.above ? k.x0 - 14 : k.right + strip, k.xr + BOX_PAD, k.above));
  k.columns.forEach((neuron, c) => draw(true, k.ofColumns[c],
    k.model.links.filter(link => columnPlace(k, link) === c).map(link => middle(k.y0, rowPlace(k, link))),
    middle(k.x0, c), k.above ? k.bottom + strip : k.y0 - 14, k.yr + BOX_PAD, !k.above));
  return group;
}
