// Reconcile Gradient Modulation on given gradients: the closed forms of rgm_ref, in its order.
// Gradients are rows, energies one number each; a pair is two of either.

import {
  add, combination, commonScale, cosine, dot, minus, norm, safeDivide, sum, times, unit,
} from "./vectors.js";

export const OPTIONS = {
  blocks: 1, orth: "linear", slope: "paper", scale: "base", parts: ["ear", "syn", "orth"],
};

/** Shares w_k = E_k / Σ_j E_j; all equal where no energy has been spent. Before Eq. 5. */
export function shares(energy) {
  const scaled = energy.map((value) => safeDivide(value, Math.max(...energy)));
  const total = sum(scaled);
  return scaled.map((value) => (total > 0 ? value / total : 1 / energy.length));
}

/** Balance coordinate of a pair, w̄ = 8 w_i w_j − 1 = 1 − 2 (w_i − w_j)². Eq. 5. */
export function balance(energy) {
  const [w_i, w_j] = shares(energy);
  return 1 - 2 * (w_i - w_j) ** 2;
}

/** Rebalancing ratio r_i = Σ_j E_j / (M E_i); 1 for a modality without energy. Eq. 7. */
export function ratio(energy) {
  const top = Math.max(...energy);
  const average = top * (sum(energy.map((value) => safeDivide(value, top))) / energy.length);
  return energy.map((value) => (value > 0 ? average / value : 1));
}

/** Conflict-aware ratio r̃ = r^((1 + c)/2). Eq. 8. */
export const temper = (r, c) => r ** ((1 + c) / 2);

/** Soft gate γ = σ(q c), q = 4 w̄ or 4 max(w̄, 0). Eq. 14. */
export function gate(c, wBar, slope) {
  const q = 4 * (slope === "clamped" ? Math.max(wBar, 0) : wBar);
  return 1 / (1 + Math.exp(-q * c));
}

/** The blocks of a vector, consecutive slices, the longer ones first. Before Eq. 9. */
export function split(vector, blocks) {
  const longer = vector.length % blocks;
  const least = Math.floor(vector.length / blocks);
  const cut = (k) => k * least + Math.min(k, longer);
  return Array.from({ length: blocks }, (_, k) => vector.slice(cut(k), cut(k + 1)));
}

/** Projection P_i^(k) = √(w_i S_k) g_i^(k) / ‖g_i^(k)‖ of both, S_k = Σ_i ‖g_i^(k)‖². Eq. 11. */
export function project(pair, w, blocks) {
  const [first, second] = pair.map((g) => split(g, blocks));
  const roots = first.map((block, k) => norm([norm(block), norm(second[k])]));
  return [first, second].map((own, i) =>
    own.flatMap((block, k) => times(Math.sqrt(w[i]) * roots[k], unit(block))));
}

/** Adjustments (O_i, O_j) of a pair: 'printed', 'linear' or 'exact'. Eqs. 12 and 13. */
export function adjust(pair, w, form) {
  const scale = commonScale(pair);
  const scaled = pair.map((g) => g.map((value) => value / scale));
  return { printed, linear, exact }[form](scaled, w).map((O) => times(scale, O));
}

/** Eq. 13 as it stands: each weight beside the other one's norm below the line. */
const printed = (g, w) =>
  alongPartner(g, w, norm(g.map((_, i) => Math.sqrt(w[i]) * norm(g[1 - i]))));

/** Eq. 13 put right: each weight beside its own norm below the line. */
const linear = (g, w) => alongPartner(g, w, norm(g.map((x, i) => Math.sqrt(w[i]) * norm(x))));

/** O_i = −w_j (g_i·g_j) / total² · g_j, lengths and directions apart. */
function alongPartner(g, w, total) {
  const part = g.map((x, i) => safeDivide(Math.sqrt(w[i]) * norm(x), total) ** 2);
  const c = cosine(...g);
  return g.map((x, i) => times(-c * norm(x) * part[1 - i], unit(g[1 - i])));
}

/** The parallelogram of √w_i g_i and √w_j g_j becomes the nearest rectangle. */
function exact(g, w) {
  const weighted = g.map((x, i) => times(Math.sqrt(w[i]), x));
  const h = weighted.map((x) => times(1 / commonScale(weighted), x));
  const strong = norm(h[1]) > norm(h[0]) ? 1 : 0;
  const [gStrong, gWeak] = [g[strong], g[1 - strong]];
  const [hStrong, hWeak] = [h[strong], h[1 - strong]];
  const [u, v] = [add(hStrong, hWeak), minus(hStrong, hWeak)];
  const lengths = [norm(u), norm(v)];
  if (Math.min(...lengths) <= 8 * Number.EPSILON * Math.max(...lengths)) return linear(g, w);
  const e = unit(add(unit(u), unit(v)));
  const across = minus(hWeak, times(dot(hWeak, e), e));
  const turned = times(-dot(gStrong, hWeak) / (sum(lengths) / 2) ** 2, across);
  const shortened = times(-dot(gWeak, e), e);
  return strong === 0 ? [turned, shortened] : [shortened, turned];
}

/** Everything Eq. 15 is made of, for one pair. */
export function readings(pair, energy, options) {
  const { blocks, orth, slope } = { ...OPTIONS, ...options };
  const w = shares(energy);
  const [wBar, c] = [balance(energy), cosine(...pair)];
  const [first, second] = pair.map((g) => split(g, blocks));
  const cosines = first.map((block, k) => cosine(block, second[k]));
  const forms = ["printed", "linear", "exact"].map((form) => [form, adjust(pair, w, form)]);
  const r = ratio(energy);
  return {
    w, wBar, c, r,
    tempered: r.map((value) => temper(value, c)),
    gate: gate(c, wBar, slope),
    blockGates: cosines.map((value) => gate(value, wBar, slope)),
    P: project(pair, w, blocks),
    O: adjust(pair, w, orth),
    forms: Object.fromEntries(forms),
  };
}

/** Modulated gradients; for more than two the pair rule is averaged over the partners. Eq. 15. */
export function synorth(gradients, energy, options = {}) {
  const others = gradients.map((_, i) => gradients.map((_, j) => j).filter((j) => j !== i));
  return gradients.map((g, i) => {
    const parts = others[i].map((j) => firstOfPair([g, gradients[j]], [energy[i], energy[j]], options));
    return times(1 / parts.length, parts.reduce(add));
  });
}

/** r̃_i 𝒢_k[γ_l P_i^(k) + (1 − γ_l) g_i^(k)] + (1 − γ_g) O_i. */
function firstOfPair(pair, energy, options) {
  const { blocks, scale, parts } = { ...OPTIONS, ...options };
  const seen = readings(pair, energy, options);
  const P = split(seen.P[0], blocks);
  const blend = (g, k) => combination([seen.blockGates[k], 1 - seen.blockGates[k]], [P[k], g]);
  const step = parts.includes("syn") ? split(pair[0], blocks).flatMap(blend) : pair[0];
  const turn = times(parts.includes("orth") ? 1 - seen.gate : 0, seen.O[0]);
  const r = parts.includes("ear") ? seen.tempered[0] : 1;
  return scale === "all" ? times(r, add(step, turn)) : add(times(r, step), turn);
}
