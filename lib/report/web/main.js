/* main.js - provenance, and the start of all views. */

/* The history as nested lists; what was shown before is named only. */
function historyItem(run, seen) {
  const inputs = run.inputs || [];
  return html('li', {}, html('b', {}, run.program), html('span', { class: 'version' }, ` ${run.version} `),
    (run.options || []).map(option => html('code', {}, option)),
    inputs.length ? html('ul', {}, inputs.map(input => {
      const again = seen.has(input.crc) && input.history;
      seen.add(input.crc);
      return html('li', {}, html('span', { class: 'file' }, input.name), html('small', {}, ` ${input.crc}`), again ? html('small', {}, ' (see above)') : '',
        input.history && !again ? html('ul', {}, historyItem(input.history, seen)) : '');
    })) : '');
}

/* Every program that ran, with its options, once. */
function parameters(run, table) {
  const text = `${run.program} ${(run.options || []).join(' ')}`;
  table.set(text, run);
  for (const input of run.inputs || []) if (input.history) parameters(input.history, table);
  return table;
}

function startProvenance(section) {
  const { history } = state.data, runs = [...parameters(history, new Map()).values()];
  section.append(html('h3', {}, 'Parameters'), html('div', { class: 'scroll' }, html('table', { class: 'parameters' },
    html('thead', {}, html('tr', {}, ['program', 'version', 'options'].map(text => html('th', { scope: 'col' }, text)))),
    html('tbody', {}, runs.map(run => html('tr', {}, html('td', {}, run.program), html('td', {}, run.version), html('td', {}, (run.options || []).map(option => html('code', {}, option)))))))),
  html('h3', {}, 'History'), html('details', { open: true }, html('summary', {}, 'What each file was made from, with its CRC-32'),
    html('ul', { class: 'history' }, historyItem(history, new Set()))));
}

/* The navigation marks the view that is at the top of the window. */
function followViews() {
  const links = [...document.querySelectorAll('nav a')];
  const mark = () => {
    const passed = links.filter(link => document.querySelector(link.hash).getBoundingClientRect().top < innerHeight / 3);
    for (const link of links) link.toggleAttribute('aria-current', link === passed[passed.length - 1]);
  };
  addEventListener('scroll', mark, { passive: true });
  mark();
}

function start() {
  state.data = JSON.parse(byId('data').textContent, revive);
  startStatistics(byId('statistics'));
  startInstances(byId('instances'));
  startNetwork(byId('network'));
  startFeatures(byId('features'));
  startProvenance(byId('provenance'));
  followViews();
  document.documentElement.dataset.ready = 'yes';
}
addEventListener('DOMContentLoaded', start);
