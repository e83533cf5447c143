// Vectors are arrays of numbers. Lengths, directions and cosines neither overflow nor underflow:
// every vector is first divided by its largest entry, as in rgm_ref/_scaled.py.

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const dot = (x, y) => sum(x.map((value, k) => value * y[k]));
export const times = (factor, x) => x.map((value) => factor * value);
export const add = (x, y) => x.map((value, k) => value + y[k]);
export const minus = (x, y) => x.map((value, k) => value - y[k]);
export const mean = (rows) => times(1 / rows.length, rows.reduce(add));

/** Σ_i weights_i rows_i. */
export const combination = (weights, rows) => rows.map((row, i) => times(weights[i], row)).reduce(add);

export const largest = (x) => Math.max(...x.map(Math.abs));

/** numerator / denominator, and 0 where the denominator is 0. */
export const safeDivide = (numerator, denominator) =>
  denominator === 0 ? 0 : numerator / denominator;

export function norm(x) {
  const top = largest(x);
  return top * Math.sqrt(sum(x.map((value) => safeDivide(value, top) ** 2)));
}

/** Direction x / ‖x‖; 0 stays 0. */
export function unit(x) {
  const top = largest(x);
  const scaled = x.map((value) => safeDivide(value, top));
  const length = norm(scaled);
  return scaled.map((value) => safeDivide(value, length));
}

/** Cosine of the angle; 0 at a zero vector. */
export const cosine = (x, y) => Math.min(1, Math.max(-1, dot(unit(x), unit(y))));

/** Power of two near the largest entry of all rows; dividing by it is exact. */
export function commonScale(rows) {
  const top = largest(rows.map(largest));
  return top === 0 ? 1 : 2 ** Math.floor(Math.log2(top));
}
