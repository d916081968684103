/* instances.js - the map of all instances: zoom, drag, lasso, hover card, class selector. */

const CROWD = 20000; /* instances; of more, those of classes without a colour have no edges */

function startInstances(section) {
  const { maps } = state.data;
  if (!maps) return missing(section, 'map', 'tv-tsne');
  const map = state.map = new InstanceMap(maps[0]), side = html('div');
  const note = html('p', { class: 'hint', id: 'map-note', role: 'status' });
  const show = data => {
    setLasso(null);
    map.show(data);
    side.replaceChildren(...classSelector(data));
    note.textContent = data.n < data.all ? `The map holds ${data.n.toLocaleString('en')} of ${data.all.toLocaleString('en')} images.` : '';
    note.hidden = !note.textContent;
  };
  section.append(note, html('div', { class: 'columns' }, map.node, html('aside', {}, side, html('div', { id: 'lasso', 'aria-live': 'polite' }))));
  if (maps.length > 1)
    map.node.firstChild.prepend(html('label', {}, 'Map ', html('select', { id: 'map-choice', onchange: event => show(maps[event.target.value]) },
      maps.map((data, k) => html('option', { value: k }, data.name.replace(/\.tv$/, ''))))));
  show(maps[0]);
}

/* ---- the class selector ---- */

let updateSelector = null;

function classSelector(instances) {
  const counts = Array.from({ length: classCount() }, () => [0, 0]);
  instances.domain.forEach((side, i) => {
    const k = instances.label ? instances.label[i] : -1;
    if (counts[k]) counts[k][side]++;
  });
  const list = html('div', { class: 'classes', role: 'group', 'aria-label': 'Classes' });
  counts.forEach(([source, target], k) => {
    if (source + target === 0) return;
    list.append(button([html('i'), html('b', {}, className(k)), html('span', {}, `${source} from source, ${target} from target`)],
      { 'data-class': k, 'aria-pressed': 'false', title: className(k), onclick: () => selectClass(k, true) }));
  });
  const all = button('All classes', { class: 'all', onclick: () => { state.classes.clear(); emit('classes'); } });
  const update = () => {
    for (const item of list.children) {
      const k = Number(item.dataset.class);
      item.setAttribute('aria-pressed', state.classes.has(k));
      item.firstChild.style.background = classColor(k);
    }
    all.setAttribute('aria-pressed', state.classes.size === 0);
  };
  if (!updateSelector) on('classes', () => updateSelector());
  updateSelector = update;
  update();
  return [html('h3', {}, 'Classes'), all, list];
}

/* Draws marks of radius r as copies of a picture, one for each look. */
class Brush {
  constructor(r, ratio) {
    Object.assign(this, { r, ratio, half: Math.ceil((1.5 * r + 2) * ratio), looks: new Map(), colors: new Map(), style: getComputedStyle(document.documentElement) });
  }

  /* The value of a variable, `--ink` or `var(--ink)`. */
  color(name) {
    if (!this.colors.has(name)) this.colors.set(name, this.style.getPropertyValue(name.replace(/^var\(|\)$/g, '')).trim());
    return this.colors.get(name);
  }

  /* At (x, y) of the page; the edge's width in parts of r. */
  draw(context, x, y, fill, side, edge, width) {
    const key = `${fill}${side}${edge}${width}`;
    if (!this.looks.has(key)) this.looks.set(key, this.look(fill, side, edge, width));
    context.drawImage(this.looks.get(key), Math.round(x * this.ratio - this.half), Math.round(y * this.ratio - this.half));
  }

  look(fill, side, edge, width) {
    const picture = html('canvas', { width: 2 * this.half, height: 2 * this.half }), context = picture.getContext('2d');
    const shape = new Path2D(markPath(side, side ? this.r : 1.15 * this.r));
    context.setTransform(this.ratio, 0, 0, this.ratio, this.half, this.half);
    context.fillStyle = this.color(fill);
    context.fill(shape);
    context.strokeStyle = this.color(edge);
    context.lineWidth = Math.min(2.5, Math.max(width > 0.3 ? 0.8 : 0, width * this.r * (side ? 1 : 0.7)));
    if (width > 0) context.stroke(shape);
    return picture;
  }
}

/* ---- the map, on a canvas: tens of thousands of marks stay fluent ---- */

class InstanceMap {
  constructor(instances) {
    this.data = instances;
    this.cut = false;
    this.zoom = 1;
    this.shift = [0, 0];
    this.tool = 'drag';
    this.hovered = -1;
    this.path = null;
    this.canvas = html('canvas', { tabindex: '0', role: 'application', 'aria-label':
      'Map of the instances. Arrow keys move, plus and minus zoom, N and P step through the instances, 0 shows all.' });
    this.node = html('div', { class: 'map' }, this.toolbar(), this.canvas, this.legend());
    this.listen();
    on('classes', () => { if (this.cut) this.frame(); else this.draw(); });
    on('lasso', () => this.draw());
    addEventListener('resize', () => this.resize());
    matchMedia('(prefers-color-scheme:dark)').addEventListener('change', () => this.draw());
  }

  /* Another map in its place. */
  show(instances) {
    this.data = instances;
    this.order = mixedOrder(instances.n);
    this.frame();
  }

  /* All of it, or all that is left of it, in the window. */
  frame() {
    this.hovered = -1;
    this.measure();
    this.resize();
    this.reset();
  }

  toolbar() {
    return html('div', { class: 'toolbar' },
      segments('Pointer', [['drag', 'Drag'], ['lasso', 'Lasso']], 'drag', tool => { this.tool = tool; }),
      html('div', { class: 'segments' },
        button('+', { 'aria-label': 'Zoom in', onclick: () => this.zoomBy(1.5) }),
        button(MINUS, { 'aria-label': 'Zoom out', onclick: () => this.zoomBy(1 / 1.5) }),
        button('Fit', { onclick: () => this.reset() })),
      html('output', { id: 'zoom' }, '1\u00d7'),
      checkbox('selected classes only', false, value => { this.cut = value; this.frame(); }, { id: 'map-cut' }));
  }

  legend() {
    const entry = (side, text, style) => html('span', {}, svg('svg', { viewBox: '-8 -8 16 16', width: 16, height: 16 },
      svg('path', { d: markPath(side, 5), class: style })), text);
    return html('p', { class: 'legend' }, entry(0, 'source', 'plain'), entry(1, 'target', 'plain'),
      entry(1, 'mispredicted by the target model', 'wrong'));
  }

  /* Extent of what is shown; both axes have one scale. */
  measure() {
    const { at, n } = this.data, lo = [Infinity, Infinity], hi = [-Infinity, -Infinity];
    for (let i = 0; i < 2 * n; i++) {
      if (!this.shown(i >> 1)) continue;
      lo[i % 2] = Math.min(lo[i % 2], at[i]);
      hi[i % 2] = Math.max(hi[i % 2], at[i]);
    }
    if (lo[0] > hi[0]) lo.fill(0), hi.fill(1);
    this.middle = [(lo[0] + hi[0]) / 2, (lo[1] + hi[1]) / 2];
    this.extent = [Math.max(hi[0] - lo[0], 1e-9), Math.max(hi[1] - lo[1], 1e-9)];
  }

  resize() {
    this.width = this.canvas.clientWidth || 700;
    this.height = this.canvas.clientHeight || 560;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.unit = Math.min((this.width - 40) / this.extent[0], (this.height - 40) / this.extent[1]);
    this.radius = Math.max(1.6, Math.min(6, 110 / Math.pow(this.data.n || 1, 0.45)));
    this.draw();
  }

  /* Page coordinates of instance i. */
  place(i) {
    const { at } = this.data, scale = this.unit * this.zoom;
    return [(at[2 * i] - this.middle[0]) * scale + this.width / 2 + this.shift[0],
      (this.middle[1] - at[2 * i + 1]) * scale + this.height / 2 + this.shift[1]];
  }

  wrong(i) {
    const { label, target } = this.data;
    return label && target && label[i] >= 0 && target[i] >= 0 && label[i] !== target[i];
  }
  visible(i) { return !state.classes.size || (this.data.label && state.classes.has(this.data.label[i])); }

  shown(i) { return !this.cut || this.visible(i); }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.paint(); });
  }

  /* Marks of classes without a colour first, mispredicted ones last. */
  paint() {
    const context = this.canvas.getContext('2d'), { n, label } = this.data;
    const brush = new Brush(this.radius * Math.min(2.2, Math.max(0.7, Math.sqrt(this.zoom))), this.canvas.width / this.width);
    const colored = new Map(), layers = [[], [], []];
    const known = k => { if (!colored.has(k)) colored.set(k, brush.color(classColor(k)) !== brush.color('--unselected')); return colored.get(k); };
    for (const i of this.order) if (this.shown(i)) layers[!this.visible(i) || (label && !known(label[i])) ? 0 : this.wrong(i) ? 2 : 1].push(i);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    layers.forEach((layer, pass) => {
      for (const i of layer) {
        const [x, y] = this.place(i), faint = state.lasso && !state.lasso.has(i) ? 0.15 : 1;
        if (x < -brush.r || y < -brush.r || x > this.width + brush.r || y > this.height + brush.r) continue;
        const wrong = pass === 2 || (pass === 0 && this.visible(i) && this.wrong(i) && n <= CROWD);
        context.globalAlpha = (this.visible(i) ? wrong ? 0.95 : 0.7 : 0.35) * faint;
        brush.draw(context, x, y, classColor(label ? label[i] : -1), this.data.domain[i], wrong ? '--ink' : '--muted', wrong ? 0.34 : brush.r > 2.5 ? 0.08 : 0);
      }
    });
    context.globalAlpha = 1;
    if (this.hovered >= 0) brush.draw(context, ...this.place(this.hovered), classColor(label ? label[this.hovered] : -1), this.data.domain[this.hovered], '--highlight', 0.6);
    context.setTransform(brush.ratio, 0, 0, brush.ratio, 0, 0);
    if (this.path) this.paintLasso(context, brush.color('--highlight'));
  }

  paintLasso(context, color) {
    context.beginPath();
    this.path.forEach(([x, y], i) => i ? context.lineTo(x, y) : context.moveTo(x, y));
    context.closePath();
    context.strokeStyle = color;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }

  /* ---- pointer and keys ---- */

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  listen() {
    const canvas = this.canvas;
    let from = null;
    canvas.addEventListener('wheel', event => {
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 400), this.at(event));
    }, { passive: false });
    canvas.addEventListener('pointerdown', event => {
      canvas.setPointerCapture(event.pointerId);
      from = this.at(event);
      if (this.tool === 'lasso' || event.shiftKey) this.path = [from];
    });
    canvas.addEventListener('pointermove', event => {
      const to = this.at(event);
      if (!from) return this.hover(this.nearest(to), event.clientX, event.clientY);
      if (this.path) this.path.push(to);
      else this.shift = [this.shift[0] + to[0] - from[0], this.shift[1] + to[1] - from[1]];
      from = to;
      this.draw();
    });
    canvas.addEventListener('pointerup', () => {
      from = null;
      if (this.path) this.endLasso();
    });
    canvas.addEventListener('pointerleave', () => this.hover(-1));
    canvas.addEventListener('blur', () => this.hover(-1));
    canvas.addEventListener('keydown', event => this.key(event));
  }

  key(event) {
    const step = 40, moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const walk = { n: 1, p: -1 }[event.key];
    if (event.ctrlKey || event.metaKey) return;
    if (moves[event.key]) this.shift = this.shift.map((v, a) => v + moves[event.key][a]);
    else if (event.key === '+' || event.key === '=') this.zoomBy(1.25);
    else if (event.key === '-') this.zoomBy(1 / 1.25);
    else if (event.key === '0') this.reset();
    else if (event.key === 'Escape' && state.lasso) setLasso(null);
    else if (walk) this.walk(walk);
    else return;
    event.preventDefault();
    this.draw();
  }

  walk(step) {
    const n = this.data.n;
    let i = this.hovered < 0 && step < 0 ? 0 : this.hovered;
    for (let tries = 0; tries < n; tries++) {
      i = (i + step + n) % n;
      if (!this.visible(i)) continue;
      const [x, y] = this.place(i), box = this.canvas.getBoundingClientRect();
      return this.hover(i, box.left + x, box.top + y);
    }
  }

  zoomBy(factor, about) {
    const [x, y] = about || [this.width / 2, this.height / 2], before = this.zoom;
    this.zoom = Math.max(0.1, Math.min(40, before * factor));
    const f = this.zoom / before;
    this.shift = [x - this.width / 2 - f * (x - this.width / 2 - this.shift[0]),
      y - this.height / 2 - f * (y - this.height / 2 - this.shift[1])];
    byId('zoom').textContent = `${Number(this.zoom.toPrecision(2))}\u00d7`;
    this.draw();
  }
  reset() { this.shift = [0, 0]; this.zoomBy(1 / this.zoom); }

  nearest([x, y]) {
    let best = -1, least = Math.max(8, this.radius * 1.5) ** 2;
    for (let i = 0; i < this.data.n; i++) {
      if (!this.visible(i)) continue;
      const [px, py] = this.place(i), d = (px - x) ** 2 + (py - y) ** 2;
      if (d <= least) { least = d; best = i; }
    }
    return best;
  }

  hover(i, x, y) {
    if (this.hovered !== i) { this.hovered = i; this.draw(); }
    if (i < 0) return hideCard();
    showCard(instanceCard(this.data, i), x, y);
  }

  endLasso() {
    const inside = new Set(), path = this.path;
    this.path = null;
    for (let i = 0; i < this.data.n; i++)
      if (this.visible(i) && within(path, this.place(i))) inside.add(i);
    setLasso(inside.size ? inside : null);
  }
}

/* Is the point inside the polygon, by the even-odd rule? */
function within(path, [x, y]) {
  let odd = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [xi, yi] = path[i], [xj, yj] = path[j];
    if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

function instanceCard(data, i) {
  const row = (name, value) => value === null ? null : html('tr', {}, html('th', {}, name), html('td', {}, value));
  return [data.image[i] >= 0 ? thumbnail(data.image[i], 115) : null, html('table', {},
    row('file', data.path ? data.path[i] : null), row('domain', domainTag(data.domain[i])),
    row('label', data.label ? classTag(data.label[i]) : null),
    ['source', 'target'].map(model => row(`${model} model`, data[model] && data[model][i] >= 0 ? classTag(data[model][i]) : null)))].filter(Boolean);
}

/* ---- what the lasso holds ---- */

function setLasso(set) {
  const { data } = state.map, panel = byId('lasso'), SHOWN = 48;
  state.lasso = set;
  emit('lasso');
  panel.replaceChildren();
  if (!set) return;
  const all = [...set], wrong = all.filter(i => state.map.wrong(i)).length;
  const source = all.filter(i => data.domain[i] === 0).length;
  panel.append(html('h3', {}, `${count(all.length, 'instance')} in the lasso`),
    html('p', {}, `${source} from source, ${all.length - source} from target; ${wrong} mispredicted`),
    html('div', { class: 'gallery' }, all.slice(0, SHOWN).map(i =>
      hover(html('span', { class: `patch ${SIDES[data.domain[i]]}` }, thumbnail(data.image[i], 36)), () => instanceCard(data, i)))),
    all.length > SHOWN ? html('p', {}, `and ${all.length - SHOWN} more`) : '',
    button('Clear the lasso', { onclick: () => setLasso(null) }));
}
