// The playground: one state, from which everything that is seen is computed anew at every change.

import { createArena, placed } from "./arena.js";
import { createCards } from "./cards.js";
import { createPanel } from "./panel.js";
import { createPlane } from "./plane.js";
import { EXAMPLES } from "./examples.js";
import { choice, menu, tick } from "./controls.js";
import { METHODS, PARAMETERS } from "./methods.js";
import { OPTIONS, balance, readings, synorth } from "./rules.js";
import { html, say, WHO } from "./svg.js";
import { cosine, dot } from "./vectors.js";

export const START = { ...OPTIONS, ...PARAMETERS, gradients: EXAMPLES.conflict.gradients,
  energy: EXAMPLES.conflict.energy, method: "rgm", snap: true, follow: false, parts_shown: false,
  pair: [0, 1] };

/** All that a state implies: what the method gives, and what stands inside RGM's step. */
export function consequences(state) {
  const { gradients, energy, pair, method } = state;
  const two = pair.map((i) => gradients[i]);
  const shares = pair.map((i) => energy[i]);
  const result = METHODS[method].apply(gradients, state);
  const indices = gradients.map((_, i) => i);
  const pairs = indices.flatMap((i) => indices.filter((j) => j > i).map((j) => ({
    pair: [i, j], chosen: pair[0] === i && pair[1] === j,
    wBar: balance([energy[i], energy[j]]), c: cosine(gradients[i], gradients[j]),
    after: result.rows ? cosine(result.rows[i], result.rows[j]) : null,
  })));
  return { state, result, pairs, pair, seen: readings(two, shares, state),
    step: synorth(two, shares, state) };
}

/** Build it inside `root`; `report(state)` hears of every change. Returns { get, set, node }. */
export function createPlayground(root, start = {}, report = () => {}) {
  let state = { ...START, ...start };
  let [example, saying] = [null, 0];

  const arena = createArena(
    (i, g) => set({ gradients: state.gradients.map((old, k) => (k === i ? g : old)) }));
  const places = Object.entries(EXAMPLES).map(([key, { name }]) => [key, name]);
  const [plane, cards] = [createPlane(), createCards()];
  const panel = createPanel(set);
  const examples = menu("Example", [["", [...places, ["", "your own"]]]], visit);
  const count = choice("Gradients", [["2", "two"], ["3", "three"]], (value) => recount(Number(value)));
  const snap = tick("snap to the grid", (value) => set({ snap: value }));
  const inside = tick("show P and O", (value) => set({ parts_shown: value }));
  const focus = choice("Pair", [["0,1", "i, j"], ["0,2", "i, k"], ["1,2", "j, k"]],
    (value) => set({ pair: value.split(",").map(Number) }));
  const story = html("p", { class: "story" });
  const summary = html("p", { class: "summary", role: "status" });

  const node = html("div", { class: "rgm-playground", "data-lm-suppress-shortcuts": "true" },
    html("div", { class: "toolbar" }, examples.node, count.node, snap.node, inside.node),
    story,
    html("div", { class: "stage" },
      html("section", { class: "card wide", "aria-label": "Gradients" }, arena.node, legend(), panel.vectors, summary),
      html("div", { class: "side" },
        html("section", { class: "card", "aria-label": "Method" }, panel.method),
        html("section", { class: "card", "aria-label": "Balance–nonConflict Plane" },
          html("h3", {}, "The plane", html("small", {}, "hollow: before, solid: after")), plane.node))),
    html("div", { class: "inside" }, html("h2", {}, "Inside RGM’s step, for one pair"), focus.node),
    cards.node);
  root.append(node);
  new ResizeObserver(([entry]) => arena.resize(Math.round(entry.contentRect.width))).observe(arena.node);

  function set(patch) {
    if ("gradients" in patch) example = null;
    state = { ...state, ...patch };
    state.gradients = state.gradients.map((g) => g.map((value) => placed(value, 0.01)));
    state.energy = state.gradients.map((_, i) => state.energy[i] ?? 1);
    if (!state.pair.every((i) => i in state.gradients)) state.pair = [0, 1];
    if (state.follow) state.energy = state.gradients.map((g) => dot(g, g));
    draw();
    report(state);
  }
  function visit(key) {
    if (!key) return;
    const { gradients, energy, method = "rgm", orth = OPTIONS.orth } = EXAMPLES[key];
    set({ ...OPTIONS, gradients, energy, method, orth, follow: false, pair: [0, 1] });
    example = key;
    draw();
  }
  function recount(many) {
    const more = [...state.gradients, [0.5, -1.5]].slice(0, many);
    const usable = many <= (METHODS[state.method].most ?? 3);
    set({ gradients: more, ...(usable ? {} : { method: "rgm" }) });
  }
  function draw() {
    const shown = consequences(state);
    arena.draw(shown);
    plane.draw(shown.pairs);
    cards.draw(shown);
    panel.draw(shown);
    node.classList.toggle("three", state.gradients.length === 3);
    examples.show(example ?? "");
    story.textContent = example ? EXAMPLES[example].text
      : "Drag the tips, or focus one and use the arrow keys. Energies are what each modality has spent so far.";
    count.show(state.gradients.length);
    snap.show(state.snap);
    inside.show(state.parts_shown);
    focus.show(state.pair.join(","));
    clearTimeout(saying);
    saying = setTimeout(announce, summary.textContent ? 250 : 0);
  }
  /** Said when a movement rests, so that a screen reader is not flooded. */
  function announce() {
    const { pairs } = consequences(state);
    const { pair, wBar, c, after } = pairs.find(({ chosen }) => chosen);
    const [one, other] = pair.map((k) => WHO[k].word);
    summary.textContent = `${one} and ${other}: balance ${say(wBar)}, nonConflict ${say(c)}. ` +
      (after == null ? `${METHODS[state.method].name} gives one step for both.`
        : `After ${METHODS[state.method].name}: cosine ${say(after)}.`);
  }
  example = start.gradients ? null : "conflict";
  draw();
  return { node, set, get: () => state };
}

const key = (kind, words) => {
  const item = html("span", { class: `key ${kind}` }, html("i", {}), words);
  return item;
};
const legend = () => html("p", { class: "legend" }, key("dashed", "raw"), key("solid", "modulated"),
  key("update", "one step for both"), key("dotted", "P, and O from the tip"));
