// Where gradients are dragged: raw ones dashed with a handle at the tip, what comes out solid.

import { arrow, mark, sayVector, svg, symbol, WHO } from "./svg.js";
import { add, norm, times } from "./vectors.js";

const REACH = 3; // how far a raw gradient goes, in either direction
const KEYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The value on the grid of snapping (or on the finer one), inside the reach. */
export function placed(value, step) {
  const near = Math.round(value / step) * step;
  return Math.min(REACH, Math.max(-REACH, Number(near.toFixed(2))));
}

/** `move(i, g)` hears of every new place of a tip. */
export function createArena(move) {
  const layers = { grid: svg("g", { class: "grid" }), drawn: svg("g") };
  const tips = WHO.map((who, i) => handle(who, i));
  const node = svg("svg", { class: "arena", role: "group", "aria-label":
    "Gradients as arrows. Each tip can be dragged, or focused and moved with the arrow keys." },
    layers.grid, layers.drawn, ...tips);
  let [view, size, held, now] = [REACH, 480, null, null];

  const scale = () => (size / 2 - 22) / view;
  const at = ([x, y]) => [size / 2 + x * scale(), size / 2 - y * scale()];
  const step = () => (now.state.snap ? 0.25 : 0.01);

  function handle(who, i) {
    const tip = svg("g", { class: `tip of-${who.letter}`, tabindex: 0, role: "slider",
      "aria-roledescription": "two-dimensional slider",
      "aria-label": `gradient of ${who.word}`, onpointerdown: grab, onpointermove: drag,
      onpointerup: release, onpointercancel: release, onkeydown: key });

    function grab(event) {
      tip.setPointerCapture(event.pointerId);
      held = { i, from: now.state.gradients[i], x: event.clientX, y: event.clientY };
      tip.focus({ preventScroll: true });
      event.preventDefault();
    }
    function drag(event) {
      if (held?.i !== i) return;
      const moved = [(event.clientX - held.x) / scale(), (held.y - event.clientY) / scale()];
      move(i, add(held.from, moved).map((value) => placed(value, step())));
    }
    function release() {
      held = null;
      draw(); // the scale may change now that nobody holds on to it
    }
    function key(event) {
      const along = KEYS[event.key];
      if (!along) return;
      event.preventDefault();
      event.stopPropagation();
      const far = step() * (now.state.snap || event.shiftKey ? 1 : 10);
      move(i, add(now.state.gradients[i], times(far, along)).map((v) => placed(v, step())));
    }
    return tip;
  }

  function draw(seen = now) {
    now = seen;
    const { state, result } = seen;
    const shown = [...(result.rows ?? []), ...(result.update ? [result.update] : [])];
    const most = Math.max(REACH, ...shown.map((row) => Math.max(...row.map(Math.abs))));
    if (!held) view = REACH * 2 ** Math.min(6, Math.ceil(Math.log2(most / REACH)));
    node.setAttribute("viewBox", `0 0 ${size} ${size}`);
    layers.grid.replaceChildren(...grid(view, at, size));
    layers.drawn.replaceChildren(...arrows(seen, at), ...labels(seen, at));
    tips.forEach((tip, i) => {
      const g = state.gradients[i];
      tip.style.display = g ? "" : "none";
      if (!g) return;
      tip.setAttribute("aria-valuenow", norm(g).toFixed(2));
      tip.setAttribute("aria-valuetext", sayVector(g));
      const place = at(g);
      tip.replaceChildren(svg("circle", { class: "hit", cx: place[0], cy: place[1], r: 22 }),
        svg("circle", { class: "ring", cx: place[0], cy: place[1], r: 14 }),
        mark(WHO[i].mark, place, 7.5, { class: "mark" }));
    });
  }
  function resize(width) {
    if (!width || width === size) return;
    size = width;
    draw();
  }
  return { node, draw, resize };
}

function grid(view, at, size) {
  const every = view / REACH;
  const [lines, numbers] = [[], []];
  for (let n = -REACH; n <= REACH; n++) {
    const [x, y] = at([n * every, n * every]);
    const kind = { class: n ? "rule" : "axis" };
    lines.push(svg("line", { x1: x, y1: 0, x2: x, y2: size, ...kind }),
      svg("line", { x1: 0, y1: y, x2: size, y2: y, ...kind }));
    const number = String(n * every).replace("-", "−");
    numbers.push(svg("text", { x, y: size - 4, "text-anchor": "middle" }, number),
      svg("text", { x: 4, y: y + 4 }, number));
  }
  return [...lines, ...numbers];
}

function arrows({ state, result, seen, pair }, at) {
  const origin = at([0, 0]);
  const raw = state.gradients.map((g, i) => {
    const [x, y] = at(g);
    return svg("line", { class: `raw of-${WHO[i].letter}`, x1: origin[0], y1: origin[1], x2: x, y2: y });
  });
  const parts = state.parts_shown ? pair.flatMap((i, n) => {
    const own = `of-${WHO[i].letter}`;
    const g = state.gradients[i];
    return [arrow(origin, at(seen.P[n]), { class: `part syn ${own}` }, 7),
      arrow(at(g), at(add(g, seen.O[n])), { class: `part orth ${own}` }, 7)];
  }) : [];
  const rows = (result.rows ?? []).map((row, i) => ({ row, i }))
    .sort((one, other) => norm(other.row) - norm(one.row)) // along one line, the shorter on top
    .map(({ row, i }) => arrow(origin, at(row), { class: `out of-${WHO[i].letter}` }, 12));
  const update = result.update ? [arrow(origin, at(result.update), { class: "out update" }, 14)] : [];
  return [...raw, ...parts, ...update, ...rows];
}

/** Labels at the tips, each at the first of some places where it covers no other. */
function labels({ state, result, seen, pair }, at) {
  const wanted = state.gradients.map((g, i) => ({ v: g, index: WHO[i].letter, base: "g", raw: true }));
  (result.rows ?? []).forEach((row, i) =>
    wanted.push({ v: row, index: WHO[i].letter, base: "g", above: "mod" }));
  if (result.update) wanted.push({ v: result.update, base: "d", index: "" });
  if (state.parts_shown) pair.forEach((i, n) => {
    const [g, O] = [state.gradients[i], seen.O[n]];
    wanted.push({ v: seen.P[n], index: WHO[i].letter, base: "P", thin: true });
    if (norm(O) > 0.15) wanted.push({ v: add(g, O), index: WHO[i].letter, base: "O", thin: true });
  });
  const taken = state.gradients.map((g) => [...at(g), 12, 12]);
  return wanted.map(({ v, base, index, above, raw, thin }) => {
    const [x, y] = at(v);
    const [ox, oy] = at([0, 0]);
    const turn = norm(v) > 0 ? Math.atan2(y - oy, x - ox) : Math.PI / 4;
    const half = above ? 21 : 12;
    const turns = raw ? [0.8, -0.8, 1.6, -1.6, 0, 2.4, -2.4] : [0, 0.9, -0.9, 1.6, -1.6, 2.4, -2.4];
    const spots = turns.flatMap((off) => [24, 34, 48].map((far) =>
      [x + Math.cos(turn + off) * far, y + Math.sin(turn + off) * (far - 4), half, 10]));
    const clear = (a) => taken.every((b) =>
      Math.abs(a[0] - b[0]) > a[2] + b[2] || Math.abs(a[1] - b[1]) > a[3] + b[3]);
    const spot = spots.find(clear) ?? spots[0];
    taken.push(spot);
    const kind = ["label", index ? `of-${index}` : "update", raw && "pale", thin && "thin"];
    return symbol(base, index, above, { class: kind.filter(Boolean).join(" "), x: spot[0], y: spot[1] });
  });
}
