/* statistics.js - the header's figures, the accuracy chart with its read-out, the class table. */

function startStatistics(section) {
  const { statistics } = state.data;
  writeFacts();
  if (!statistics) return missing(section, 'accuracies', 'tv-eval');
  section.append(html('figure', { id: 'accuracy' }));
  drawAccuracy();
  matchMedia('(prefers-color-scheme:dark)').addEventListener('change', () => drawAccuracy());
  addEventListener('beforeprint', () => drawAccuracy('light'));
  addEventListener('afterprint', () => drawAccuracy());
  if (statistics.rows) section.append(classTable(statistics.rows));
}

function fact(value, name) { return html('div', { class: 'fact' }, html('b', {}, value), html('span', {}, name)); }

function writeFacts() {
  const { models, statistics, maps, network } = state.data, facts = html('div', { class: 'facts' });
  if (statistics) facts.append(fact(signed(statistics.score, 3), 'transferability score'));
  if (network) {
    const layers = network[0].layers, conv = layers.filter(layer => layer.kind === 'conv').length;
    facts.append(fact(`${conv} conv, ${layers.length - conv} fc`, 'layers'));
  }
  if (classCount()) facts.append(fact(String(classCount()), 'classes'));
  const instances = maps && largest(maps, map => map.n);
  if (instances)
    for (const side of [0, 1]) {
      const n = instances.domain.reduce((sum, domain) => sum + (domain === side), 0);
      const name = state.data.domains[side];
      facts.append(fact(n.toLocaleString('en'), `${SIDES[side]} instances${name === SIDES[side] ? '' : ` (${name})`}`));
    }
  const named = models.every(Boolean) && document.title === models.join(' \u2192 ');
  for (const side of [0, 1]) if (models[side] && !named) facts.append(fact(models[side], `${SIDES[side]} model`));
  byId('top').append(facts);
}

/* ---- the accuracy chart: as tv-plot draws it, with a line at the epoch under the pointer ---- */

function drawAccuracy(theme) {
  const dark = matchMedia('(prefers-color-scheme:dark)').matches;
  const template = byId(`accuracy-${theme || (dark ? 'dark' : 'light')}`);
  const chart = template.content.firstElementChild.cloneNode(true);
  chart.removeAttribute('width');
  chart.removeAttribute('height');
  chart.setAttribute('tabindex', '0');
  chart.setAttribute('aria-label', 'Accuracy over the epochs; arrow keys read the values out');
  byId('accuracy').replaceChildren(chart);
  readOut(chart);
}

/* x of every epoch, from the marks. */
function epochScale(chart) {
  const marks = [...chart.querySelectorAll('.series .point')].map(point => {
    const box = point.getBBox();
    return [Number(point.dataset.epoch), box.x + box.width / 2];
  }).sort((a, b) => a[0] - b[0]);
  if (!marks.length) return null;
  const [first, x0] = marks[0], [last, x1] = marks[marks.length - 1];
  return { first, last, at: epoch => last > first ? x0 + (epoch - first) / (last - first) * (x1 - x0) : x0,
    epoch: x => last > first ? Math.round(first + (x - x0) / (x1 - x0) * (last - first)) : first };
}

function readOutCard(epoch) {
  const rows = state.data.statistics.series.map(({ model, role, values }) => {
    const [domain, part] = role.split('-');
    return { model, domain, part, value: values[Math.min(epoch, values.length) - 1] };
  }).filter(row => row.part === 'train' || row.domain === row.model).sort((a, b) => b.value - a.value);
  return [html('b', {}, `epoch ${epoch}`), html('table', {}, rows.map(row => html('tr', {},
    html('td', {}, html('span', { class: `line ${row.domain} ${row.part}` })),
    html('td', {}, `${row.model} model, ${row.domain} ${row.part === 'train' ? 'training' : 'validation'} data`),
    html('td', { class: 'number' }, fixed(row.value, 3)))))];
}

function readOut(chart) {
  const scale = epochScale(chart), axis = chart.querySelector('.axis line');
  if (!scale || !axis) return;
  const all = [...chart.querySelectorAll('.axis')[0].querySelectorAll('line')].map(line => Number(line.getAttribute('y1')));
  const rule = svg('line', { class: 'read-out', y1: Math.min(...all), y2: Math.max(...all), visibility: 'hidden' });
  let epoch = scale.first;
  chart.append(rule);
  const show = (to, x, y) => {
    epoch = Math.max(scale.first, Math.min(scale.last, to));
    rule.setAttribute('x1', scale.at(epoch));
    rule.setAttribute('x2', scale.at(epoch));
    rule.setAttribute('visibility', 'visible');
    const box = rule.getBoundingClientRect();
    showCard(readOutCard(epoch), x ?? box.right, y ?? box.top);
  };
  const hide = () => { rule.setAttribute('visibility', 'hidden'); hideCard(); };
  chart.addEventListener('pointermove', event => {
    const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse()).x;
    if (x < scale.at(scale.first) - 40 || x > scale.at(scale.last) + 40) return hide();
    show(scale.epoch(x), event.clientX, event.clientY);
  });
  chart.addEventListener('pointerleave', hide);
  chart.addEventListener('blur', hide);
  chart.addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(rule.getAttribute('visibility') === 'visible' ? epoch + step : epoch);
  });
}

/* ---- the class table ---- */

const WRONG = 6; /* wrong classes shown */

const CLASS_COLUMNS = [
  { key: 'class', text: 'class', of: row => row.class, first: 1 },
  { key: 'images', text: 'images', of: row => row.images ?? 0, first: -1 },
  { key: 'source', text: 'source model', of: row => row.source ?? -1, first: -1 },
  { key: 'target', text: 'target model', of: row => row.target ?? -1, first: -1 },
  { key: 'difference', text: 'difference', of: row => (row.target ?? 0) - (row.source ?? 0), first: -1 },
  { key: 'errors', text: 'wrong classes of the target model', of: row => row.errors ?? 0, first: -1 },
];

function classTable(rows) {
  const body = html('tbody'), head = html('tr');
  let sorted = null, direction = 1;
  const sort = column => {
    direction = sorted === column ? -direction : column.first;
    sorted = column;
    const lines = [...body.children].map(line => [column.of(rows[line.dataset.class]), line]);
    lines.sort((a, b) => direction * (a[0] - b[0]) || a[1].dataset.class - b[1].dataset.class);
    body.append(...lines.map(([, line]) => line));
    for (const cell of head.children)
      cell.setAttribute('aria-sort', cell.dataset.key !== column.key ? 'none' : direction > 0 ? 'ascending' : 'descending');
  };
  for (const column of CLASS_COLUMNS)
    head.append(html('th', { scope: 'col', class: column.key === 'images' ? 'images' : null, 'data-key': column.key }, button(column.text, { onclick: () => sort(column) })));
  const most = rows.reduce((m, row) => Math.max(m, Math.abs((row.target ?? 0) - (row.source ?? 0))), 1e-9);
  for (const row of rows) body.append(classRow(row, most));
  on('classes', () => {
    for (const line of body.children) {
      const chosen = state.classes.has(Number(line.dataset.class));
      line.setAttribute('aria-selected', chosen);
      line.querySelector('i').style.background = classColor(Number(line.dataset.class));
    }
  });
  sort(CLASS_COLUMNS[4]);
  return html('div', { class: 'scroll', id: 'classes-view' }, html('table', { id: 'classes', role: 'grid' },
    html('caption', {}, `Classes: accuracy on the target validation data${state.data.statistics.of ?? ''}. Click a row to select the class in all views, Ctrl-click for several.`),
    html('thead', {}, head), body, html('tfoot', {}, allClasses(rows, most))));
}

/* Both models over all images. */
function allClasses(rows, most) {
  const images = sum(rows.map(row => row.images ?? 0)), share = side => sum(rows.map(row => Math.round((row.images ?? 0) * (row[side] ?? 0)))) / images;
  return images > 0 ? html('tr', {}, html('th', { scope: 'row' }, 'All classes'), numberCells({ images, source: share('source'), target: share('target') }, most), html('td')) : null;
}

/* Images, accuracies of both models, their difference. */
function numberCells(row, most) {
  const difference = (row.target ?? 0) - (row.source ?? 0), width = Math.min(1, Math.abs(difference) / most) * 50;
  return [html('td', { class: 'number images' }, (row.images ?? '').toLocaleString('en')),
    SIDES.map(side => html('td', { class: 'number' }, html('span', { class: `meter ${side}` },
      html('i', { style: `width:${100 * (row[side] ?? 0)}%` })), fixed(row[side], 2))),
    html('td', { class: 'number' }, html('span', { class: 'difference' },
      html('i', { class: difference < 0 ? 'source' : 'target',
        style: `width:${width}%;${difference < 0 ? 'right' : 'left'}:50%` })), signed(difference, 2))];
}

function classRow(row, most) {
  const pick = event => { selectClass(row.class, event.ctrlKey || event.metaKey || event.shiftKey); };
  return html('tr', { 'data-class': row.class, tabindex: '0', 'aria-selected': 'false', onclick: pick,
    onkeydown: event => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pick(event); }
      const next = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
      if (next && event.currentTarget[next]) { event.preventDefault(); event.currentTarget[next].focus(); }
    } },
  html('th', { scope: 'row' }, classTag(row.class)),
  numberCells(row, most),
  html('td', {}, (row.wrong || []).slice(0, WRONG).map(([k, n]) => html('span', { class: 'wrong' }, `${className(k)}: ${n}`)),
    (row.wrong || []).length > WRONG ? html('span', { class: 'wrong', title: row.wrong.slice(WRONG).map(([k, n]) => `${className(k)}: ${n}`).join(', ') },
      `+${row.wrong.length - WRONG} more`) : ''));
}
