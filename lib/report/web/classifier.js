/* classifier.js - the domain classifier and the projection of SPEC 6.5 on a choice of neurons: an L2-loss linear SVM,
 * the first principal component, Gram-Schmidt. */

/* Solves a x = b for a symmetric positive definite n x n matrix by Cholesky; overwrites both. */
function solve(a, b, n) {
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      let s = a[i * n + j];
      for (let k = 0; k < j; k++) s -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i === j ? Math.sqrt(s) : s / a[j * n + j];
    }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return b;
}

/* min over w of |w|^2 / 2 + C sum max(0, 1 - y w.x)^2, the bias being a last column of ones as in liblinear: Newton on
 * the active instances with a backtracking line search.  x [m][n] row-major, y = +1 or -1. */
function fitClassifier(x, y, m, n, C) {
  const size = n + 1, value = (i, j) => j < n ? x[i * n + j] : 1;
  let w = new Float64Array(size);
  const decide = (v, i) => { let s = v[n]; for (let j = 0; j < n; j++) s += v[j] * x[i * n + j]; return s; };
  const loss = v => {
    let s = 0;
    for (let j = 0; j < size; j++) s += v[j] * v[j] / 2;
    for (let i = 0; i < m; i++) { const d = 1 - y[i] * decide(v, i); if (d > 0) s += C * d * d; }
    return s;
  };
  let now = loss(w);
  for (let round = 0; round < 100; round++) {
    const hessian = new Float64Array(size * size), right = new Float64Array(size);
    for (let j = 0; j < size; j++) hessian[j * size + j] = 1;
    for (let i = 0; i < m; i++) {
      if (1 - y[i] * decide(w, i) <= 0) continue;
      for (let j = 0; j < size; j++) {
        const v = 2 * C * value(i, j);
        right[j] += v * y[i];
        for (let k = 0; k <= j; k++) hessian[j * size + k] += v * value(i, k);
      }
    }
    const to = solve(hessian, right, size);
    let step = 1, next = to, after = loss(to);
    while (after > now && step > 1e-8) {
      step /= 2;
      next = w.map((v, j) => v + step * (to[j] - v));
      after = loss(next);
    }
    const done = !(now - after > 1e-12 * Math.max(1, now));
    if (after <= now) { w = next; now = after; }
    if (done) break;
  }
  return w;
}

/* First principal component of the centred matrix by power iteration on its covariance; largest loading positive. */
function principal(x, m, n) {
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < n; k++) covariance[j * n + k] += x[i * n + j] * x[i * n + k];
  let v = Float64Array.from({ length: n }, (_, j) => 1 + j / n);
  for (let round = 0; round < 5000; round++) {
    const next = new Float64Array(n);
    for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) next[j] += covariance[j * n + k] * v[k];
    const length = Math.hypot(...next);
    if (!(length > 0)) return v.fill(0);
    let moved = 0;
    for (let j = 0; j < n; j++) { next[j] /= length; moved = Math.max(moved, Math.abs(next[j] - v[j])); }
    v = next;
    if (moved < 1e-12) break;
  }
  const largest = v.reduce((best, a, j) => Math.abs(a) > Math.abs(v[best]) ? j : best, 0);
  return v[largest] < 0 ? v.map(a => -a) : v;
}

/* Projection on [u, the part of the first principal component at right angles to it] for the columns `chosen` of the
 * scaled conductances.  Returns { at [m][2], axes [chosen][2], boundary, accuracy }. */
function projectNeurons(entry, chosen) {
  const all = entry.neuron.length, m = entry.domain.length, n = chosen.length, x = new Float64Array(m * n);
  for (let i = 0; i < m; i++) chosen.forEach((j, c) => { x[i * n + c] = entry.scaled[i * all + j] / 32767; });
  const y = Array.from(entry.domain, side => side ? 1 : -1), w = fitClassifier(x, y, m, n, entry.cost);
  let right = 0;
  for (let i = 0; i < m; i++) {
    let d = w[n];
    for (let c = 0; c < n; c++) d += w[c] * x[i * n + c];
    right += d * y[i] > 0;
  }
  let shift = w[n];
  for (let c = 0; c < n; c++) {
    let mean = 0;
    for (let i = 0; i < m; i++) mean += x[i * n + c] / m;
    for (let i = 0; i < m; i++) x[i * n + c] -= mean;
    shift += w[c] * mean;
  }
  const u = w.slice(0, n), length = Math.hypot(...u) || 1, v = principal(x, m, n), axes = [];
  const q1 = u.map(a => a / length);
  let dot = 0;
  for (let c = 0; c < n; c++) dot += v[c] * q1[c];
  let q2 = v.map((a, c) => a - dot * q1[c]);
  const rest = Math.hypot(...q2);
  q2 = q2.map(a => rest > 1e-9 ? a / rest : 0);
  for (let c = 0; c < n; c++) axes.push(q1[c], q2[c]);
  const at = new Float64Array(2 * m);
  for (let i = 0; i < m; i++)
    for (let c = 0; c < n; c++) {
      at[2 * i] += x[i * n + c] * q1[c];
      at[2 * i + 1] += x[i * n + c] * q2[c];
    }
  return { at, axes, u, boundary: -shift / length, accuracy: right / m };
}
