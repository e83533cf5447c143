// Beside the picture: entries and energies of every gradient; the method, its options, its result.

import { choice, entry, menu, slider, tick } from "./controls.js";
import { METHODS } from "./methods.js";
import { html, mark, say, sayVector, svg, WHO } from "./svg.js";
import { cosine, dot, norm } from "./vectors.js";

const GROUPS = [["between", "Between modalities: each its own weights"],
  ["within", "Within an encoder: losses that share weights"]];
const NOTES = { between: "", within: "Read the arrows as gradients of several losses on the same weights, " +
  "say of the joint loss (i) and of a modality’s own (j): they take one step." };
const ENERGY = { min: -2, max: 2, step: 0.05, logarithmic: true };
const CHOICES = {
  orth: ["Orth", ["printed", "linear", "exact"]],
  blocks: ["Blocks", [1, 2]],
  slope: ["Slope of the gate", ["paper", "clamped"]],
  scale: ["r̃ scales", ["base", "all"], { base: "Syn part", all: "whole step" }],
};
const PARTS = { ear: "EAR", syn: "Syn", orth: "Orth" };

export function createPanel(set) {
  let now;
  const rows = WHO.map((who, i) => vector(who, i, () => now.state, set));
  const follow = tick("energy is ‖g‖² of this step", (value) => set({ follow: value }));
  const methods = GROUPS.map(([group, words]) => [words, Object.entries(METHODS)
    .filter(([, method]) => method.group === group).map(([key, { name }]) => [key, name])]);
  const method = menu("Method", methods, (key) => set({ method: key }));
  const choices = Object.entries(CHOICES).map(([key, [legend, values, words = {}]]) => [key,
    choice(legend, values.map((value) => [value, words[value] ?? String(value)]),
      (value) => set({ [key]: value }))]);
  const parts = Object.entries(PARTS).map(([key, words]) => [key, tick(words, (on) =>
    set({ parts: Object.keys(PARTS).filter((part) => (part === key ? on : now.state.parts.includes(part))) }))]);
  const partsNode = html("fieldset", { class: "choice ticks" }, html("legend", {}, "Parts"),
    ...parts.map(([, { node }]) => node));
  const sliders = Object.values(METHODS).flatMap(({ parameters = {} }) => Object.entries(parameters))
    .filter(([key], n, all) => all.findIndex(([other]) => other === key) === n)
    .map(([key, range]) => [key, slider(range.label, range, (value) => set({ [key]: value }))]);
  const text = html("p", { class: "rule-text" });
  const note = html("p", { class: "words" });
  const result = html("div", { class: "numbers result" });

  function draw(shown) {
    now = shown;
    const { state } = shown;
    const { uses, parameters = {}, text: words, group } = METHODS[state.method];
    rows.forEach((row, i) => row.draw(state, i));
    follow.show(state.follow);
    method.allow((key) => state.gradients.length <= (METHODS[key].most ?? 3));
    method.show(state.method);
    text.textContent = words;
    note.textContent = NOTES[group];
    note.hidden = !NOTES[group];
    for (const [key, { node, show }] of choices) {
      node.hidden = !uses.includes(key);
      show(state[key]);
    }
    partsNode.hidden = !uses.includes("parts");
    for (const [key, { show }] of parts) show(state.parts.includes(key));
    for (const [key, { node, show }] of sliders) {
      node.hidden = !(key in parameters) || (key === "p_3" && state.gradients.length < 3);
      show(state[key]);
    }
    result.replaceChildren(...outcome(shown));
  }
  return { draw,
    vectors: html("div", { class: "vectors" }, ...rows.map(({ node }) => node), follow.node),
    method: html("div", { class: "method" }, method.node, text, note, ...choices.map(([, { node }]) => node),
      partsNode, ...sliders.map(([, { node }]) => node), result) };
}

/** One gradient: its mark, two entries, its energy. */
function vector({ letter, word, mark: kind }, i, state, set) {
  const replaced = (list, value) => list.map((old, k) => (k === i ? value : old));
  const entries = ["x", "y"].map((axis, n) => entry(`${axis} of the gradient of ${word}`, (value) =>
    set({ gradients: replaced(state().gradients, state().gradients[i].map((old, k) => (k === n ? value : old))) })));
  const energy = slider("energy", { ...ENERGY, name: `energy of ${word}` }, (value) => set({ energy: replaced(state().energy, value), follow: false }));
  const node = html("div", { class: `vector of-${letter}` },
    svg("svg", { class: "sign", viewBox: "0 0 20 20", "aria-hidden": "true" }, mark(kind, [10, 10], 6.5, {})),
    html("b", {}, word), html("span", { class: "entries" }, "g = ( ", entries[0].node, " , ", entries[1].node, " )"),
    energy.node);
  function draw(current) {
    const g = current.gradients[i];
    node.hidden = !g;
    if (!g) return;
    entries.forEach(({ show }, n) => show(g[n]));
    energy.show(current.energy[i], current.follow);
  }
  return { node, draw };
}

/** What the method gives, in numbers. */
function outcome({ state, result }) {
  const lines = [];
  const line = (words, value, letter = "") => lines.push(html("p", { class: letter && `of-${letter}` },
    html("span", {}, words), html("output", {}, value)));
  (result.rows ?? []).forEach((row, i) =>
    line(`${WHO[i].word}, modulated`, `${sayVector(row)}  length ${say(norm(row))}`, WHO[i].letter));
  if (result.weights) result.weights.forEach((w, i) =>
    line(`${result.rows ? "factor κ" : "weight"} of ${WHO[i].word}`, say(w), WHO[i].letter));
  if (result.update) {
    line("step d", sayVector(result.update), "update");
    state.gradients.forEach((g, i) => {
      const product = dot(g, result.update);
      const helped = Math.abs(cosine(g, result.update)) < 1e-9 ? "untouched" : product > 0 ? "helped" : "hurt";
      line(`d · g of ${WHO[i].word}`, `${say(product)}, ${helped}`, WHO[i].letter);
    });
  } else if (!result.rows) lines.push(html("p", { class: "words" },
    "No bargain: a gradient is zero, or the two are opposite."));
  return lines;
}
