// Exact small optimisation over the faces of a polyhedron, as in rgm_ref/baselines/_faces.py:
// try every active set, solve least squares on each, keep the best.

import { combination, dot, mean, minus, norm, safeDivide, sum, times } from "./vectors.js";

/** The shortest x whose Σ_k x_k columns_k is nearest to `target`; singular values up to `rounding`
 * count as zero. One-sided Jacobi: columns are turned in pairs until all are orthogonal. */
export function leastSquares(columns, target, rounding) {
  const A = columns.map((column) => [...column]);
  const V = A.map((_, k) => A.map((_, l) => (k === l ? 1 : 0)));
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let p = 0; p < A.length; p++)
      for (let q = p + 1; q < A.length; q++) {
        const inner = dot(A[p], A[q]);
        if (Math.abs(inner) <= Number.EPSILON * norm(A[p]) * norm(A[q])) continue;
        turned = true;
        const angle = Math.atan2(2 * inner, dot(A[p], A[p]) - dot(A[q], A[q])) / 2;
        for (const rows of [A, V]) turn(rows, p, q, Math.cos(angle), Math.sin(angle));
      }
  }
  const parts = A.map((column) => {
    const sigma = norm(column);
    return sigma > rounding ? dot(times(1 / sigma, column), target) / sigma : 0;
  });
  return combination(parts, V);
}

function turn(rows, p, q, c, s) {
  [rows[p], rows[q]] = [combination([c, s], [rows[p], rows[q]]),
    combination([-s, c], [rows[p], rows[q]])];
}

/** Subsets of 0 … count − 1 with at least `least` members, the largest first. */
export function supports(count, least) {
  const all = Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (_, k) => k).filter((k) => (bits >> k) & 1));
  const early = (a, b) => a.map((k, n) => k - b[n]).find((difference) => difference) ?? 0;
  return all.filter((members) => members.length >= least)
    .sort((a, b) => b.length - a.length || early(a, b));
}

/** The weights of least value among [value, weights] with weights >= 0; of equals, the first. */
export function best(candidates, scale) {
  let [lowest, kept] = [Infinity, null];
  for (const [value, weights] of candidates)
    if (Math.min(...weights) >= 0 && value < lowest - 1e-13 * scale)
      [lowest, kept] = [value, weights];
  return kept;
}

/** Weights u, Σ u = 0, whose Σ_i u_i g_i is nearest to `target`; the shortest such u. */
export function combine(rows, target) {
  const middle = mean(rows);
  const apart = rows.map((row) => minus(row, middle));
  return leastSquares(apart, target, 1e-13 * Math.max(...rows.map(norm)));
}

/** Weights of the shortest vector of the rows' affine hull. */
export const shortest = (rows) =>
  combine(rows, times(-1, mean(rows))).map((u) => 1 / rows.length + u);

/** Weights of a subset of rows as weights of all, 0 elsewhere. */
export function spread(weights, support, count) {
  const full = Array(count).fill(0);
  support.forEach((row, k) => { full[row] = weights[k]; });
  return full;
}

/** Weights divided by their sum. */
export const normalised = (weights) => weights.map((w) => safeDivide(w, sum(weights)));
