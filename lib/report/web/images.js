/* images.js - thumbnails out of the sheets, decoded when one is first needed. */

const sheets = new Map();
function sheet(i) {
  if (!sheets.has(i)) {
    const image = new Image(), text = byId(`sheet-${i}`);
    if (!text) return null;
    image.src = 'data:image/jpeg;base64,' + text.textContent;
    sheets.set(i, image.decode().then(() => image));
  }
  return sheets.get(i);
}

/* [first, images, width, height, tile width, tile height] of the data set that holds the image. */
function imageSet(id) { return state.data.images.sets.find(([first, n]) => id >= first && id < first + n); }

/* Moves a stretch into [0, size), shortened when it does not fit. */
function inside(at, length, size) {
  const n = Math.min(length, size);
  return [Math.max(0, Math.min(at, size - n)), n];
}

/* A canvas with the image, or the part [x, y, w, h] of it in its own pixels, its larger side `size`. */
function thumbnail(id, size, part) {
  const set = id >= 0 ? imageSet(id) : null;
  const canvas = html('canvas', { class: 'thumbnail', role: 'img', 'aria-label': `image ${id}` });
  canvas.style.width = canvas.style.height = `${size}px`;
  const sides = Math.round(size * Math.min(3, devicePixelRatio || 1));
  canvas.width = canvas.height = sides;
  if (!set) return canvas;
  const { cell, columns } = state.data.images, tiles = columns * columns;
  const [, , w, h, tileWidth, tileHeight] = set, scale = tileWidth / w;
  const [x, width] = part && part[2] ? inside(part[0], part[2], w) : [0, w];
  const [y, height] = part && part[3] ? inside(part[1], part[3], h) : [0, h];
  const place = id % tiles, zoom = sides / Math.max(width, height);
  const loaded = sheet(Math.floor(id / tiles));
  if (!loaded) return canvas;
  loaded.then(image => {
    const context = canvas.getContext('2d');
    context.imageSmoothingEnabled = zoom / scale < 4;
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, (place % columns) * cell + x * scale, Math.floor(place / columns) * cell + y * tileHeight / h,
      width * scale, height * tileHeight / h, (sides - width * zoom) / 2, (sides - height * zoom) / 2, width * zoom, height * zoom);
    canvas.dataset.drawn = 'yes';
  });
  return canvas;
}

/* The patches [[source...], [target...]] of a neuron as framed pictures, at most `n` a domain; a row each. */
function patchList(patches, size, n) {
  const lists = html('div', { class: 'domains-patches' });
  (patches || []).forEach((ofDomain, side) => {
    if (!ofDomain.length) return;
    const list = html('div', { class: 'patches' });
    lists.append(list);
    for (const [image, x, y, w, h, value] of ofDomain.slice(0, n)) {
      const frame = html('span', { class: `patch ${SIDES[side]}` }, thumbnail(image, size, [x, y, w, h]));
      list.append(hover(frame, () => [thumbnail(image, 115),
        html('p', {}, domainTag(side), ` conductance ${short(value)}`)]));
    }
  });
  return lists;
}

/* The feature image of a neuron, by activation maximisation; null without. */
function featureImage(features, key, size) {
  const bytes = features && features[key];
  return bytes ? html('img', { class: 'feature', src: `data:image/jpeg;base64,${bytes}`, width: size, height: size, alt: `feature image of ${key}` }) : null;
}

/* A kernel [[row], ...] as squares: grey is 0, the target's colour positive, the source's negative. */
function kernelImage(kernel, caption) {
  const h = kernel.length, w = kernel[0].length, size = Math.min(20, 120 / w), most = Math.max(...kernel.flat().map(Math.abs), 1e-12);
  const picture = svg('svg', { class: 'kernel', width: w * size, height: h * size, viewBox: `0 0 ${w} ${h}`, role: 'img', 'aria-label': `kernel, ${caption}` });
  kernel.forEach((row, y) => row.forEach((v, x) => picture.append(svg('rect', { x, y, width: 1, height: 1,
    class: v < 0 ? 'negative' : 'positive', 'fill-opacity': (Math.abs(v) / most).toFixed(3) }, svg('title', {}, short(v))))));
  return html('figure', { class: 'kernel' }, picture, html('figcaption', {}, `${caption}, largest weight ${short(most)}`));
}
