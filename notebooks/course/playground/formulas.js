// The equations of the cards as MathML, which browsers set themselves.

const OPERATORS = "=+−·()[]/,‖⊥";
const at = (x) => {
  if (x.startsWith("<")) return x;
  if (OPERATORS.includes(x)) return `<mo${x === "‖" ? ' stretchy="false"' : ""}>${x}</mo>`;
  return /^\d/.test(x) ? `<mn>${x}</mn>` : `<mi>${x}</mi>`;
};
const row = (...parts) => `<mrow>${parts.map(at).join("")}</mrow>`;
const sub = (base, below) => `<msub>${at(base)}${at(below)}</msub>`;
const sup = (base, above) => `<msup>${at(base)}${at(above)}</msup>`;
const both = (base, below, above) => `<msubsup>${at(base)}${at(below)}${at(above)}</msubsup>`;
const frac = (above, below) => `<mfrac>${at(above)}${at(below)}</mfrac>`;
const root = (inside) => `<msqrt>${at(inside)}</msqrt>`;
// Not as an `accent`: where no font has mathematical tables, that one crosses the letter.
const over = (base, accent) => `<mover>${at(base)}<mo stretchy="false">${accent}</mo></mover>`;
const long = (x) => row("‖", x, "‖");
const math = (...parts) => `<math>${row(...parts)}</math>`;

const [g_i, g_j, w_i, w_j, E_i, E_j] = ["g", "w", "E"].flatMap((base) => [sub(base, "i"), sub(base, "j")]);
const [wBar, gamma, k] = [over("w", "¯"), "γ", row("(", "k", ")")];
const rest = row("(", "1", "−", gamma, ")");
const block = both("g", "i", k);

export const FORMULAS = {
  share: math(w_i, "=", frac(E_i, row(E_i, "+", E_j))),
  balance: math(wBar, "=", "1", "−", "2", sup(row("(", w_i, "−", w_j, ")"), "2")),
  conflict: math("c", "=", frac(row(g_i, "·", g_j), row(long(g_i), long(g_j)))),
  ratio: math(sub("r", "i"), "=", frac(row(E_i, "+", E_j), row("2", E_i))),
  temper: math(sub(over("r", "~"), "i"), "=", both("r", "i", row("(", "1", "+", "c", ")", "/", "2"))),
  gate: math(gamma, "=", "σ", "(", "4", wBar, "c", ")"),
  project: math(both("P", "i", k), "=", root(row(w_i, sub("S", "k"))), frac(block, long(block))),
  adjust: math(sub("O", "i"), "=", "−", frac(row(w_j, "(", g_i, "·", g_j, ")"),
    row(w_i, sup(long(g_i), "2"), "+", w_j, sup(long(g_j), "2"))), g_j),
  step: math(both("g", "i", "mod"), "=", sub(over("r", "~"), "i"), "[", gamma, sub("P", "i"), "+",
    rest, g_i, "]", "+", rest, sub("O", "i")),
};
