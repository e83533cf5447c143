// What the tests ask the page.
window.probe = {
  /** The middle of the place where a tip is held, in pixels. */
  tip(i) {
    const box = document.querySelectorAll(".tip .hit")[i].getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  },
  /** Pixels between two lines of the grid. */
  unit() {
    const lines = [...document.querySelectorAll(".grid .rule")].map((line) => +line.getAttribute("x1"));
    const [first, second] = [...new Set(lines)].filter((x) => x > 0).sort((a, b) => a - b);
    return second - first;
  },
  entries: () => [...document.querySelectorAll(".vector:not([hidden]) .entries input")]
    .map((input) => +input.value),
  outputs: () => [...document.querySelectorAll(".result output")].map((output) => output.textContent),
  methods: () => [...document.querySelector(".method select").options]
    .filter((option) => !option.disabled).map((option) => option.value),
  choose(label, value) {
    const select = [...document.querySelectorAll("select")]
      .find((one) => one.closest("label").textContent.startsWith(label));
    select.value = value;
    select.dispatchEvent(new Event("change"));
  },
  tick: (words) => [...document.querySelectorAll(".tick")]
    .find((label) => label.textContent === words).querySelector("input").click(),
  broken: () => /NaN|undefined|Infinity/.test(document.querySelector("main").innerHTML),
  /** [contrast, words] of all that is written, by WCAG 2; the ground is the nearest painted one. */
  contrasts() {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const light = (c) => 0.2126 * linear(c[0] / 255) + 0.7152 * linear(c[1] / 255) + 0.0722 * linear(c[2] / 255);
    const ground = (node) => {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      return colour[3] === 255 || !node.parentElement ? colour : ground(node.parentElement);
    };
    const words = (node) => [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const shown = [...document.querySelectorAll("main *")]
      .filter((node) => node.checkVisibility() && words(node));
    return shown.map((node) => {
      const style = getComputedStyle(node);
      const pair = [light(rgba(node instanceof SVGElement ? style.fill : style.color)), light(ground(node))];
      return [(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), node.textContent];
    });
  },
  /** What takes part in the page's use and has no name for a screen reader. */
  nameless: () => [...document.querySelectorAll("input, select, [role], svg:not([aria-hidden])")]
    .filter((node) => node.checkVisibility() && !node.hasAttribute("aria-label")
      && node.getAttribute("role") !== "status"
      && ![...(node.labels ?? [])].some((label) => label.textContent.trim()))
    .map((node) => node.outerHTML.slice(0, 80)),
};
