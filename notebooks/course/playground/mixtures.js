// Weights of an update Σ_i w_i g_i: the aggregators of rgm_ref/baselines, exactly, for few rows.

import {
  best, combine, leastSquares, normalised, shortest, spread, supports,
} from "./faces.js";
import {
  add, combination, commonScale, cosine, dot, largest, mean, norm, safeDivide, sum, times, unit,
} from "./vectors.js";

const pick = (rows, support) => support.map((k) => rows[k]);
const scaled = (rows) => rows.map((row) => times(1 / commonScale(rows), row));

/** argmin ‖Σ_i w_i g_i‖ over the simplex. Désidéri 2012. */
export function mgda(gradients) {
  const g = scaled(gradients);
  const candidates = supports(g.length, 1).map((support) => {
    const w = shortest(pick(g, support));
    return [norm(combination(w, pick(g, support))), spread(w, support, g.length)];
  });
  return normalised(best(candidates, Math.max(...g.map(norm))));
}

/** argmin g_w · g_0 + c ‖g_0‖ ‖g_w‖ over the simplex, g_0 the mean. Liu et al. 2021. */
export function cagradWeights(gradients, c) {
  const g = scaled(gradients);
  const middle = mean(g);
  const k = c * norm(middle);
  const candidates = supports(g.length, 1).flatMap((support) => {
    const rows = pick(g, support);
    const w = onFace(rows, middle, k);
    if (!w) return [];
    const point = combination(w, rows);
    return [[dot(point, middle) + k * norm(point), spread(w, support, g.length)]];
  });
  return normalised(best(candidates, Math.max(...g.map(norm)) * Math.max(norm(middle), k)));
}

/** The minimum on the affine hull of the rows, null where there is none. */
function onFace(rows, middle, k) {
  const near = shortest(rows);
  if (rows.length === 1) return near;
  const along = combine(rows, middle);
  const free = k ** 2 - sum(combination(along, rows).map((value) => value ** 2));
  const back = norm(combination(near, rows)) / Math.sqrt(free);
  return free > 0 ? near.map((w, i) => w - along[i] * back) : null;
}

/** d = g_0 + c ‖g_0‖ g_w/‖g_w‖; g_w = 0: d = g_0, or 0 where the ball holds it, c >= 1. */
export function cagrad(gradients, c) {
  const middle = mean(gradients);
  const worst = combination(cagradWeights(gradients, c), gradients);
  if (norm(worst) <= 1e-12 * Math.max(...gradients.map(norm)))
    return c < 1 ? middle : times(0, middle);
  return add(middle, times(c * norm(middle), unit(worst)));
}

/** Mean of the gradients' projections on the cone of d with g_j·d >= 0. Quinton & Rey 2024. */
export function upgrad(gradients) {
  const weights = gradients.map((g, i) =>
    toCone(gradients, g).map((value, j) => value + (i === j ? 1 : 0)));
  return mean(weights);
}

/** λ >= 0 of the shortest x + Σ_j λ_j g_j. */
function toCone(gradients, x) {
  const directions = gradients.map(unit);
  const from = unit(x);
  const candidates = supports(gradients.length, 0).map((support) => {
    const rows = pick(directions, support);
    const solved = rows.length
      ? leastSquares(rows, times(-1, from), 1e-13 * Math.max(...rows.map(norm))) : [];
    const left = rows.length ? add(from, combination(solved, rows)) : from;
    return [norm(left), spread(solved, support, gradients.length)];
  });
  const lambda = best(candidates, 1);
  return lambda.map((value, j) => safeDivide(norm(x) * value, norm(gradients[j])));
}

/** The same part along every direction: w = v / Σ v, v = G⁺ √diag G. Liu et al. 2021 (IMTL). */
export function imtlG(gradients) {
  const g = scaled(gradients);
  const gram = g.map((x) => g.map((y) => dot(x, y)));
  const v = leastSquares(gram, g.map(norm), 1e-15 * norm(gram.map(norm)));
  return Math.abs(sum(v)) > 1e-12 ? normalised(v) : times(0, v);
}

/** 1 / (‖g_i‖ √(1 + cos)) for a pair, null where there is no bargain. Navon et al. 2022. */
export function nash(pair) {
  const agreement = 1 + cosine(...pair);
  if (agreement <= 0 || pair.some((g) => largest(g) === 0)) return null;
  return pair.map((g) => 1 / (norm(g) * Math.sqrt(agreement)));
}

/** κ γ (2 α_m, 2 α_u) of a joint and a unimodal gradient. Wei & Hu 2024 (MMPareto). */
export function mmpareto(pair, gamma) {
  const idle = pair.some((g) => largest(g) === 0);
  const agree = dot(unit(pair[0]), unit(pair[1])) > 0;
  const alpha = idle || agree ? [0.5, 0.5] : mgda(pair);
  const h = combination(times(2, alpha), pair);
  const cancelled = norm(h) <= 1e-12 * Math.max(...pair.map(norm));
  const kappa = cancelled ? 1 : Math.max(1, norm(add(...pair)) / norm(h));
  return times(2 * gamma * kappa, alpha);
}
