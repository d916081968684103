'use strict';
/* base.js - what the views share: the data, selection and events, elements, numbers. */

const SIDES = ['source', 'target'];
const MINUS = '\u2212';

/* Selected classes (empty: all), instances within the lasso (null: none), the class of network and features. */
const state = { data: null, classes: new Set(), lasso: null, key: null, map: null };

/* ---- events: the views are linked by them ---- */

const listeners = {};
function on(event, listener) { (listeners[event] ||= []).push(listener); }
function emit(event, value) { for (const listener of listeners[event] || []) listener(value); }

/* ---- data ---- */

const ARRAYS = { f32: Float32Array, i32: Int32Array, i16: Int16Array };

/* JSON.parse's second argument: {"f32":"..."} becomes a typed array. */
function revive(key, value) {
  if (value === null || typeof value !== 'object') return value;
  for (const type in ARRAYS)
    if (typeof value[type] === 'string') {
      const bytes = Uint8Array.from(atob(value[type]), c => c.charCodeAt(0));
      return new ARRAYS[type](bytes.buffer);
    }
  return value;
}

function className(k) { return k < 0 ? 'unknown' : (state.data.classes || [])[k] ?? String(k); }

/* Of few classes each has its colour; of more those that are selected, in order. */
const COLORS = 20;
function classColor(k) {
  const all = classCount();
  if (k < 0) return 'var(--unselected)';
  if (state.classes.size && !state.classes.has(k)) return 'var(--unselected)';
  if (all <= COLORS) return `var(--class-${k})`;
  const place = state.classes.size ? [...state.classes].indexOf(k) : k;
  return place < COLORS ? `var(--class-${place})` : 'var(--unselected)';
}
function classCount() {
  const { classes, statistics, maps } = state.data;
  if (classes) return classes.length;
  if (statistics && statistics.rows) return statistics.rows.length;
  return (maps || []).reduce((most, { label }) => (label || []).reduce((m, k) => Math.max(m, k), most), -1) + 1;
}

/* A click takes one class alone (again: all); with a modifier it joins or leaves the others. */
function selectClass(k, several) {
  const only = state.classes.size === 1 && state.classes.has(k);
  if (several) {
    if (!state.classes.delete(k)) state.classes.add(k);
  } else {
    state.classes.clear();
    if (!only) state.classes.add(k);
  }
  if (state.classes.has(k)) state.key = String(k);
  emit('classes');
}

/* The entry of `list` for the class that was chosen last, or null. */
function entryOfClass(list) { return list.find(entry => entry.class === state.key) || null; }

/* What a view of one class says when selected classes are not in its streams: "Shown: class 3. Class 5 is ..." */
function absentNote(list, shown, what, program) {
  const absent = [...state.classes].filter(k => !list.some(entry => entry.class === String(k))).map(className);
  if (!absent.length) return '';
  const names = absent.length > 6 ? `${absent.slice(0, 5).join(', ')} and ${absent.length - 5} more` : absent.join(', ');
  return `Shown: ${shown.text[0].toLowerCase()}${shown.text.slice(1)}. ${absent.length > 1 ? `Classes ${names} are` : `Class ${names} is`}`
    + ` not among this report\u2019s ${what}; ${program} makes them.`;
}

/* ---- elements ---- */

function fill(node, attributes, children) {
  for (const name in attributes || {}) {
    const value = attributes[name];
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name.startsWith('aria-')) node.setAttribute(name, value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return node;
}
function html(tag, attributes, ...children) { return fill(document.createElement(tag), attributes, children); }
function svg(tag, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}
function byId(id) { return document.getElementById(id); }
function button(text, attributes) { return html('button', { type: 'button', ...attributes }, text); }

/* Radio buttons in one row; `choose` gets the value. */
function segments(label, options, value, choose) {
  const group = html('div', { class: 'segments', role: 'group', 'aria-label': label });
  for (const [key, text] of options)
    group.append(button(text, {
      'aria-pressed': key === value, 'data-value': key, onclick: event => {
        for (const other of group.children) other.setAttribute('aria-pressed', other === event.currentTarget);
        choose(key);
      }
    }));
  return group;
}
function checkbox(text, checked, change, attributes) {
  const input = html('input', { type: 'checkbox', checked, ...attributes, onchange: event => change(event.target.checked) });
  return html('label', { class: 'check' }, input, html('span', {}, text));
}
function missing(section, what, program) {
  section.append(html('p', { class: 'missing' }, `No ${what} in this report: give tv-report the output of ${program}.`));
}

/* ---- numbers ---- */

function fixed(v, decimals) { return v === null || Number.isNaN(v) ? '\u2013' : v.toFixed(decimals).replace('-', MINUS); }
function signed(v, decimals) { return (v > 0 && Number(v.toFixed(decimals)) > 0 ? '+' : '') + fixed(v, decimals); }
function short(v) { return v === 0 ? '0' : String(Number(v.toPrecision(3))).replace('-', MINUS); }
function largest(list, of) { return list.reduce((best, entry) => of(entry) > of(best) ? entry : best); }
function count(n, one) { return `${n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`; }

/* ---- marks ---- */

/* A cross for the source, a circle for the target. */
function markPath(side, r) {
  if (side === 1) return `M${r} 0A${r} ${r} 0 1 1 ${-r} 0A${r} ${r} 0 1 1 ${r} 0Z`;
  const a = r, b = r * 0.56;
  return `M0 ${-b}L${a - b} ${-a}L${a} ${b - a}L${b} 0L${a} ${a - b}L${a - b} ${a}L0 ${b}L${b - a} ${a}L${-a} ${a - b}`
    + `L${-b} 0L${-a} ${b - a}L${b - a} ${-a}Z`;
}

function classTag(k) {
  return html('span', { class: 'tag' }, html('i', { style: `background:${classColor(k)}` }), className(k));
}
/* "source", or "source: svhn" where the domain has a name of its own. */
function domainTag(side) {
  const name = state.data.domains[side];
  return sideTag(side, name === SIDES[side] ? name : `${SIDES[side]}: ${name}`);
}
function sideTag(side, text) { return html('span', { class: `tag ${SIDES[side]}` }, text || SIDES[side]); }

/* All of 0 to n-1 in steps that mix what lies together in the data: no domain is drawn on top of the other. */
function mixedOrder(n) {
  const gcd = (a, b) => b ? gcd(b, a % b) : a;
  let step = Math.max(1, Math.floor(0.6180339887 * n));
  while (n > 0 && gcd(step, n) !== 1) step++;
  return Int32Array.from({ length: n }, (_, k) => k * step % n);
}

/* ---- the card beside the pointer ---- */

function showCard(content, x, y) {
  const card = byId('card');
  card.replaceChildren(...[content].flat());
  card.hidden = false;
  const box = card.getBoundingClientRect(), gap = 14;
  const left = x + gap + box.width > innerWidth ? x - gap - box.width : x + gap;
  const top = Math.min(y + gap, innerHeight - box.height - 6);
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${Math.max(4, top)}px`;
}
function hideCard() { byId('card').hidden = true; }
/* Shows what `content` returns while the pointer, or the focus of a node that can have it, is on the node. */
function hover(node, content) {
  node.addEventListener('pointermove', event => showCard(content(), event.clientX, event.clientY));
  node.addEventListener('pointerleave', hideCard);
  if (!node.hasAttribute('tabindex')) return node; /* in SVG a listener alone would make it a stop of the Tab key */
  node.addEventListener('focus', () => {
    const box = node.getBoundingClientRect();
    if (node.matches(':focus-visible')) showCard(content(), box.right, box.bottom);
  });
  node.addEventListener('blur', hideCard);
  return node;
}
