// Form elements that all speak of one state: each has a label, works by keyboard, and reports.

import { html } from "./svg.js";

let made = 0;

/** One of a few values, side by side. */
export function choice(legend, values, pick) {
  const name = `playground-${(made += 1)}`;
  const inputs = values.map(([value]) => html("input", { type: "radio", name, value,
    onchange: () => pick(value) }));
  const labels = values.map(([, words], n) => html("label", {}, inputs[n], html("span", {}, words)));
  const node = html("fieldset", { class: "choice" }, html("legend", {}, legend), ...labels);
  const show = (value) => inputs.forEach((input) => { input.checked = input.value === String(value); });
  return { node, show };
}

export function tick(words, pick) {
  const input = html("input", { type: "checkbox", onchange: () => pick(input.checked) });
  return { node: html("label", { class: "tick" }, input, html("span", {}, words)),
    show: (value) => { input.checked = value; } };
}

/** A list to choose from, in groups: [[group, [[value, words], …]], …], group "" for none. */
export function menu(words, groups, pick) {
  const listed = groups.flatMap(([group, values]) => {
    const options = values.map(([value, name]) => html("option", { value }, name));
    return group ? [html("optgroup", { label: group }, ...options)] : options;
  });
  const select = html("select", { onchange: () => pick(select.value) }, ...listed);
  const allow = (allowed) => [...select.options].forEach((option) => {
    option.disabled = !allowed(option.value);
  });
  return { node: html("label", { class: "menu" }, html("span", {}, words), select),
    show: (value) => { select.value = value; }, allow };
}

/** A slider on a linear scale, or on powers of ten between 10^min and 10^max. */
export function slider(words, { min, max, step, logarithmic, name = words }, pick) {
  const output = html("output", {});
  const value = () => (logarithmic ? Number((10 ** input.value).toPrecision(2)) : Number(input.value));
  const input = html("input", { type: "range", min, max, step, "aria-label": name,
    oninput: () => pick(value()) });
  const node = html("label", { class: "slider" }, html("span", {}, words), input, output);
  function show(current, disabled = false) {
    input.value = logarithmic ? Math.log10(Math.max(current, 10 ** min)) : current;
    input.disabled = disabled;
    output.textContent = String(Number(current.toPrecision(3)));
    input.setAttribute("aria-valuetext", output.textContent);
  }
  return { node, show };
}

export function entry(words, pick) {
  const input = html("input", { type: "number", step: 0.25, min: -3, max: 3, "aria-label": words,
    onchange: () => Number.isFinite(input.valueAsNumber) && pick(input.valueAsNumber) });
  const show = (value) => { if (input.valueAsNumber !== value) input.value = value; };
  return { node: input, show };
}
