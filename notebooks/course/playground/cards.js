// What stands inside RGM's step for one pair, formula by formula, with the numbers of the moment.

import { FORMULAS } from "./formulas.js";
import { html, say, sayVector, WHO } from "./svg.js";
import { add, dot, norm } from "./vectors.js";

const CARDS = [
  ["plane", "On the plane", "Eqs. 5, 6", ["share", "balance", "conflict"]],
  ["ear", "Rebalance", "EAR, Eqs. 7, 8", ["ratio", "temper"]],
  ["gate", "Align or turn?", "gates, Eq. 14", ["gate"]],
  ["syn", "Align", "Syn, Eq. 11", ["project"]],
  ["orth", "Turn", "Orth, Eq. 13 put right", ["adjust"]],
  ["step", "All together", "SynOrth, Eq. 15", ["step"]],
];

export function createCards() {
  const bodies = {};
  const sections = CARDS.map(([key, title, place, formulas]) => {
    const equations = html("div", { class: "equations" });
    equations.innerHTML = formulas.map((name) => FORMULAS[name]).join("");
    bodies[key] = html("div", { class: "numbers" });
    return html("section", { class: "card", "aria-label": title },
      html("h3", {}, title, html("small", {}, place)), equations, bodies[key]);
  });
  const node = html("div", { class: "cards" }, ...sections);

  function draw(shown) {
    for (const [key, lines] of Object.entries(numbers(shown)))
      bodies[key].replaceChildren(...lines);
  }
  return { node, draw };
}

/** Name and value, the value in the colour of its modality. */
const line = (name, value, who) => html("p", { class: who ? `of-${who}` : "" },
  html("span", {}, name), html("output", {}, value));

function numbers({ state, seen, pair, step }) {
  const [i, j] = pair.map((index) => WHO[index].letter);
  const each = (base, values, how = say) =>
    values.map((value, n) => line(`${base} of ${WHO[pair[n]].word}`, how(value), [i, j][n]));
  return {
    plane: [...each("share w", seen.w), line("balance w̄", say(seen.wBar)), line("nonConflict c", say(seen.c))],
    ear: [...each("ratio r", seen.r), ...each("tempered r̃", seen.tempered)],
    gate: [line("γ of the pair", say(seen.gate)),
      ...(state.blocks > 1 ? seen.blockGates.map((value, k) => line(`γ of block ${k + 1}`, say(value))) : []),
      html("p", { class: "words" }, verdict(seen))],
    syn: each("P", seen.P, sayVector),
    orth: [forms(state, seen, pair)],
    step: [...each("modulated g", step, sayVector),
      line("cosine before → after", `${say(seen.c)} → ${say(cosineOf(step))}`)],
  };
}

const cosineOf = ([x, y]) => (norm(x) && norm(y) ? dot(x, y) / (norm(x) * norm(y)) : 0);

function verdict({ gate, c, wBar }) {
  if (wBar < 0 && c !== 0) return "w̄ < 0: the printed gate works the wrong way round.";
  if (Math.abs(gate - 0.5) < 0.02) return "Half and half.";
  return gate > 0.5 ? "Rather align: P counts more than O." : "Rather turn: O counts more than P.";
}

/** Zero for what is rounding only, beside a number of this size. */
const tidy = (value, size) => (Math.abs(value) < 1e-12 * size ? 0 : value);

/** The three forms of Orth side by side: both adjustments, the product left, the cost. */
function forms(state, seen, pair) {
  const g = pair.map((index) => state.gradients[index]);
  const rows = Object.entries(seen.forms).map(([form, O]) => {
    const left = dot(add(g[0], O[0]), add(g[1], O[1]));
    const cost = seen.w[0] * norm(O[0]) ** 2 + seen.w[1] * norm(O[1]) ** 2;
    return html("tr", { class: form === state.orth ? "chosen" : "" },
      html("th", { scope: "row" }, form), ...[sayVector(O[0]), sayVector(O[1]), say(tidy(left, norm(g[0]) * norm(g[1]))), say(cost)]
        .map((value) => html("td", {}, value)));
  });
  const [i, j] = pair.map((index) => WHO[index].letter);
  const head = ["form", `O of ${i}`, `O of ${j}`, "g̃·g̃ left", "cost"]
    .map((words) => html("th", { scope: "col" }, words));
  return html("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "the three forms of Orth" },
    html("table", {}, html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...rows)));
}
