// The methods that turn given gradients into others, each (gradients, state) → what it gives:
// `rows`, a new gradient for each old one, or `update`, one step for weights that both share.

import { cagrad, imtlG, mgda, mmpareto, nash, upgrad } from "./mixtures.js";
import { adjust, ratio, shares, synorth } from "./rules.js";
import {
  add, combination, commonScale, cosine, dot, mean, norm, safeDivide, sum, times, unit,
} from "./vectors.js";

const ANGLE = { label: "target cosine ρ", min: -0.9, max: 0.9, step: 0.1, value: 0.3 };
const LIKELY = (who, value) => ({ label: `true class, ${who}`, min: 0.05, max: 0.95, step: 0.05, value });
const TRUE = { p_1: LIKELY("audio", 0.8), p_2: LIKELY("video", 0.4), p_3: LIKELY("text", 0.3) };
const ALPHA = { label: "strength α", min: 0, max: 1, step: 0.05, value: 0.5 };

const added = (rows) => ({ rows, update: rows.reduce(add) });
const weighed = (weights, gradients) =>
  ({ weights, update: weights && combination(weights, gradients) });
const factors = (weights, gradients) =>
  ({ weights, rows: gradients.map((g, i) => times(weights[i], g)) });

/** PCGrad's projections, each gradient against the others' originals in the order given. */
export function surgery(gradients) {
  const g = gradients.map((row) => times(1 / commonScale(gradients), row));
  const gram = g.map((x) => g.map((y) => dot(x, y)));
  return gradients.map((_, i) => {
    const row = gradients.map((_, k) => (k === i ? 1 : 0));
    gram.forEach((column, j) => {
      const inner = dot(row, column);
      if (j !== i && inner < 0) row[j] -= inner / gram[j][j];
    });
    return combination(row, gradients);
  });
}

/** GradVac's step for one pair: the cosine is raised to the target ρ. */
function raiseCosine(x, g, rho) {
  const [phi, root] = [cosine(x, g), Math.sqrt(1 - rho ** 2)];
  if (phi >= rho || norm(g) === 0) return x;
  const amount = (rho * Math.sqrt(1 - phi ** 2) - phi * root) / root;
  return add(x, times(norm(x) * amount, unit(g)));
}

const vaccinate = (gradients, rho) => gradients.map((g, i) =>
  gradients.reduce((x, other, j) => (j === i ? x : raiseCosine(x, other, rho)), g));

/** In every coordinate the sign is kept that P = ½ (1 + Σ g / Σ |g|) favours over U. */
function signDrop(gradients, U) {
  const g = gradients.map((row) => times(1 / commonScale(gradients), row));
  return g[0].map((_, k) => {
    const column = g.map((row) => row[k]);
    const P = (1 + safeDivide(sum(column), sum(column.map(Math.abs)))) / 2;
    return sum(gradients.map((row) => ((row[k] > 0 ? P > U : P < U) ? row[k] : 0)));
  });
}

/** κ_k = 1 − tanh(α ρ_k) where ρ_k = s_k / mean of the others > 1. */
function ogm(scores, alpha) {
  const others = scores.map((s) => (sum(scores) - s) / (scores.length - 1));
  return scores.map((s, k) => (s / others[k] > 1 ? 1 - Math.tanh((alpha * s) / others[k]) : 1));
}

/** κ_k = e^{α (τ − r_k)}, r_k = exp[M/(M−1) (s̄ − s_k)], s = −log p, no lead so far: τ = 1. */
function agm(scores, alpha) {
  const s = scores.map((p) => -Math.log(Math.max(p, 1e-8)));
  const M = s.length;
  return s.map((one) => Math.exp(alpha * (1 - Math.exp((M / (M - 1)) * (sum(s) / M - one)))));
}

const probabilities = (g, state) => [state.p_1, state.p_2, state.p_3].slice(0, g.length);
const turned = (g, { energy, orth }) =>
  adjust(g, shares(energy), orth).map((O, i) => add(g[i], O));
const toMean = (g) => {
  const middle = unit(g.map(unit).reduce(add));
  return g.map((row) => times(norm(row), unit(add(unit(row), middle))));
};

/** name, group, how many gradients at most, parameters of its own, a sentence, and the rule. */
export const METHODS = {
  rgm: { name: "RGM", group: "between", uses: ["energy", "orth", "blocks", "slope", "scale", "parts"],
    text: "r̃ · [γ P + (1 − γ) g] + (1 − γ) O: rebalance, align where they agree, turn where they fight.",
    apply: (g, state) => ({ rows: synorth(g, state.energy, state) }) },
  orthogonalize: { name: "Orth alone", group: "between", most: 2, uses: ["energy", "orth"],
    text: "g + O where the pair fights (c < 0), without a gate.",
    apply: (g, state) => ({ rows: cosine(...g) < 0 ? turned(g, state) : g }) },
  equalize: { name: "Balance only", group: "between", uses: ["energy"],
    text: "√r · g: constant gradients end with equal energies.",
    apply: (g, { energy }) => factors(ratio(energy).map(Math.sqrt), g) },
  align: { name: "Align", group: "between", uses: [],
    text: "Every gradient turns half-way to the mean direction and keeps its length.",
    apply: (g) => ({ rows: toMean(g) }) },
  ogm: { name: "OGM", group: "between", uses: [], parameters: { alpha: ALPHA, ...TRUE },
    text: "κ · g with κ = 1 − tanh(α ρ) for the better modality, ρ > 1; without the noise of GE.",
    apply: (g, state) => factors(ogm(probabilities(g, state), state.alpha), g) },
  agm: { name: "AGM", group: "between", uses: [], parameters: { alpha: ALPHA, ...TRUE },
    text: "κ · g with κ = exp(α (1 − r)), r above 1 for the better modality; no lead so far.",
    apply: (g, state) => factors(agm(probabilities(g, state), state.alpha), g) },
  sum: { name: "Plain sum", group: "within", uses: [],
    text: "Σ g: what training on the summed losses does.", apply: (g) => added(g) },
  pcgrad: { name: "PCGrad", group: "within", uses: [],
    text: "Where two fight, each loses its part along the other one; then the sum.",
    apply: (g) => added(surgery(g)) },
  gmd: { name: "GMD", group: "within", uses: [],
    text: "PCGrad's projections between the losses of all coalitions; shared weights get the mean.",
    apply: (g) => ({ rows: surgery(g), update: mean(surgery(g)) }) },
  balgrad: { name: "BalGrad", group: "within", most: 2, uses: [],
    text: "The first gradient (task) loses its part along the second (mutual KL) where they fight.",
    apply: (g) => added([surgery(g)[0], g[1]]) },
  gradvac: { name: "GradVac", group: "within", uses: [], parameters: { rho: ANGLE },
    text: "Like PCGrad, but each cosine below ρ is raised to ρ; then the sum.",
    apply: (g, { rho }) => added(vaccinate(g, rho)) },
  graddrop: { name: "GradDrop", group: "within", uses: [],
    parameters: { U: { label: "drawn number U", min: 0.05, max: 0.95, step: 0.05, value: 0.5 } },
    text: "In every coordinate one sign is kept: the positive one where its share P exceeds U.",
    apply: (g, { U }) => ({ update: signDrop(g, U) }) },
  mgda: { name: "MGDA", group: "within", uses: [],
    text: "The shortest vector between the gradients.", apply: (g) => weighed(mgda(g), g) },
  upgrad: { name: "UPGrad", group: "within", uses: [],
    text: "Every gradient is projected on the cone of steps that hurt nobody; then the mean.",
    apply: (g) => weighed(upgrad(g), g) },
  cagrad: { name: "CAGrad", group: "within", uses: [],
    parameters: { c_ball: { label: "radius c", min: 0, max: 0.9, step: 0.1, value: 0.5 } },
    text: "Of all steps within c ‖mean‖ of the mean, the one that helps the worst-off most.",
    apply: (g, { c_ball }) => ({ update: cagrad(g, c_ball) }) },
  imtl: { name: "IMTL-G", group: "within", uses: [],
    text: "The step whose parts along all gradients' directions are equal.",
    apply: (g) => weighed(imtlG(g), g) },
  nash: { name: "Nash-MTL", group: "within", most: 2, uses: [],
    text: "The bargain (G α)_i = 1/α_i: a step along the bisector, as long as it pleases both.",
    apply: (g) => weighed(nash(g), g) },
  mmpareto: { name: "MMPareto", group: "within", most: 2, uses: [],
    parameters: { gamma: { label: "lift γ", min: 1, max: 2, step: 0.1, value: 1.5 } },
    text: "The shortest mix under conflict, the sum else; never shorter than the sum, times γ.",
    apply: (g, { gamma }) => weighed(mmpareto(g, gamma), g) },
};

/** The starting values of every parameter. */
export const PARAMETERS = Object.assign({}, ...Object.values(METHODS).map(({ parameters = {} }) =>
  Object.fromEntries(Object.entries(parameters).map(([key, { value }]) => [key, value]))));
