// The Balance–nonConflict Plane with every pair on it: raw hollow, after the step solid.

import { mark, say, svg, WHO } from "./svg.js";

const [WIDTH, HEIGHT, LEFT, TOP] = [360, 300, 40, 12];
const x = (wBar) => LEFT + ((wBar + 1) / 2) * (WIDTH - LEFT - 12);
const y = (c) => TOP + ((1 - c) / 2) * (HEIGHT - TOP - 40);
const CORNERS = [[-0.97, 0.91, "imbalanced, agree", "start"], [0.97, 0.91, "balanced, agree", "end"],
  [-0.97, -0.93, "imbalanced, in conflict", "start"], [0.97, -0.93, "balanced, in conflict", "end"]];

export function createPlane() {
  const points = svg("g");
  const node = svg("svg", { class: "plane", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
    svg("rect", { class: "flipped", x: x(-1), y: y(1), width: x(0) - x(-1), height: y(-1) - y(1) }),
    svg("rect", { class: "frame", x: x(-1), y: y(1), width: x(1) - x(-1), height: y(-1) - y(1) }),
    svg("line", { class: "axis", x1: x(-1), y1: y(0), x2: x(1), y2: y(0) }),
    svg("line", { class: "axis dashed", x1: x(0), y1: y(1), x2: x(0), y2: y(-1) }),
    ...CORNERS.map(([w, c, words, anchor]) =>
      svg("text", { class: "corner", x: x(w), y: y(c) + 2, "text-anchor": anchor }, words)),
    svg("text", { class: "corner", x: x(-0.97), y: y(0) - 6 }, "w̄ < 0: the gates flip"),
    ...[-1, 0, 1].flatMap((value) => [
      svg("text", { x: x(value), y: y(-1) + 15, "text-anchor": "middle" }, say(value, 0)),
      svg("text", { x: x(-1) - 6, y: y(value) + 4, "text-anchor": "end" }, say(value, 0))]),
    svg("text", { class: "name", x: x(0), y: HEIGHT - 6, "text-anchor": "middle" }, "balance w̄"),
    svg("text", { class: "name", "text-anchor": "middle",
      transform: `translate(12 ${y(0)}) rotate(-90)` }, "nonConflict c"),
    points);

  function draw(pairs) {
    points.replaceChildren(...pairs.flatMap(point));
    node.setAttribute("aria-label", pairs.map(words).join(" "));
  }
  return { node, draw };
}

const letters = (pair) => pair.map((k) => WHO[k].letter).join("");

function point({ pair, wBar, c, after, chosen }, n, all) {
  const kind = WHO[n].mark;
  const from = [x(wBar), y(c)];
  const drawn = [];
  if (after != null) {
    drawn.push(svg("line", { class: "shift", x1: from[0], y1: from[1], x2: from[0], y2: y(after) }),
      mark(kind, [from[0], y(after)], 5.5, { class: "after" }));
  }
  const crowd = all.slice(0, n).filter((p) => Math.abs(p.wBar - wBar) + Math.abs(p.c - c) < 0.12);
  const aside = wBar > 0.8 ? -13 : 13;
  drawn.push(mark(kind, from, 7, { class: chosen ? "before chosen" : "before" }),
    svg("text", { class: "pair", x: from[0] + aside, y: from[1] + 4 + 15 * crowd.length,
      "text-anchor": aside > 0 ? "start" : "end" }, letters(pair)));
  return drawn;
}

const words = ({ pair, wBar, c, after }) =>
  `Pair ${letters(pair)}: balance ${say(wBar)}, nonConflict ${say(c)}` +
  (after == null ? "." : `, after the step ${say(after)}.`);
