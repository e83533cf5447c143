// Making elements, and the marks that every picture here uses.

import { norm, times } from "./vectors.js";

const SVG = "http://www.w3.org/2000/svg";

/** The three modalities: letter, word, and the mark at the tip; their colours are in style.css. */
export const WHO = [
  { letter: "i", word: "audio", mark: "circle" },
  { letter: "j", word: "video", mark: "square" },
  { letter: "k", word: "text", mark: "triangle" },
];

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(key, value === true ? "" : value);
  node.append(...children);
  return node;
}

export const svg = (name, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

export const html = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

/** A number for people: two decimals, a true minus, no minus zero. */
export function say(value, digits = 2) {
  const size = Math.abs(value);
  const far = size >= 1e4 || (size > 0 && size < 0.5 * 10 ** -digits);
  return tidy(far ? value.toExponential(1) : value.toFixed(digits));
}

const tidy = (text) => (Number(text) === 0 ? text.replace("-", "") : text).replaceAll("-", "−");

/** A vector, every entry to two decimals. */
export const sayVector = (x) => `(${x.map((value) => tidy(value.toFixed(2))).join(", ")})`;

/** A circle, square or triangle of about the same area. */
export function mark(kind, [x, y], size, attributes) {
  const s = size * 0.88;
  const shape = {
    circle: () => svg("circle", { cx: x, cy: y, r: size, ...attributes }),
    square: () => svg("rect", { x: x - s, y: y - s, width: 2 * s, height: 2 * s, ...attributes }),
    triangle: () => svg("path", {
      d: `M${x} ${y - size * 1.25}l${size * 1.2} ${size * 2.1}h${-size * 2.4}z`, ...attributes }),
  };
  return shape[kind]();
}

/** A line with a head at its end; the head shrinks with a short line. */
export function arrow(from, to, attributes, width = 10) {
  const along = [to[0] - from[0], to[1] - from[1]];
  const length = norm(along);
  const head = Math.min(width * 1.4, length);
  const [x, y] = length > 0 ? times(1 / length, along) : [0, 0];
  const [bx, by] = [to[0] - head * x, to[1] - head * y];
  const half = (head / 1.4) * 0.5;
  return svg("g", attributes,
    svg("line", { x1: from[0], y1: from[1], x2: bx, y2: by }),
    svg("path", { class: "head", d:
      `M${to[0]} ${to[1]}L${bx - half * y} ${by + half * x}L${bx + half * y} ${by - half * x}z` }));
}

/** g with an index below and, if any, a word above. */
export function symbol(base, index, above, attributes) {
  const text = svg("text", attributes, svg("tspan", { class: "letter" }, base));
  text.append(svg("tspan", { class: "letter small", dy: "0.35em" }, index));
  if (above) text.append(svg("tspan", { class: "small", dy: "-0.95em" }, above));
  return text;
}
