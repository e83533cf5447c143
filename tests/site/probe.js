// What is wrong with the page as it stands: lists of words, empty where nothing is.
const probe = {
  // formulas that were not typeset, are in error, or are still TeX
  formulas() {
    const wanted = document.querySelectorAll("span.math, div.math").length;
    const set = document.querySelectorAll(".math:has(mjx-container, math)").length;
    const errors = [...document.querySelectorAll("[data-mjx-error], mjx-merror, g[data-mml-node='merror']")];
    const text = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const raw = [];
    while (text.nextNode()) {
      const node = text.currentNode;
      if (node.parentElement.closest("code, pre, script, style, textarea, mjx-container")) continue;
      if (/\\[([\])]|\$[^$\s][^$]*\$|\\(frac|tilde|mathcal|sum)\b/.test(node.data)) raw.push(node.data.trim().slice(0, 60));
    }
    return [...(set < wanted ? [`${set} of ${wanted} formulas are set`] : []),
      ...errors.map((node) => `in error: ${node.textContent.slice(0, 60)}`), ...raw.map((t) => `raw: ${t}`)];
  },

  // pictures that say nothing to those who do not see them
  pictures() {
    const images = [...document.images].filter((image) => !image.alt.trim() || !image.complete || !image.naturalWidth);
    const drawings = [...document.querySelectorAll("main svg, article svg, [role=main] svg")].filter((svg) =>
      !svg.closest("mjx-container, [aria-hidden=true], button, label, .rgm-playground [role]") &&
      !svg.querySelector(":scope > title") && !svg.getAttribute("aria-label") && !svg.getAttribute("aria-labelledby"));
    return [...images, ...drawings].map((node) => node.outerHTML.slice(0, 120));
  },

  // what reaches out of the window, or out of the theme's column of text, to the right
  overflow() {
    const frames = [document.documentElement, ...document.querySelectorAll(".content")];
    return frames.filter((frame) => frame.scrollWidth > frame.clientWidth).flatMap((frame) => {
      const room = frame.getBoundingClientRect().left + frame.clientWidth;
      const out = [...frame.querySelectorAll("*")].filter((node) =>
        node.getBoundingClientRect().right > room && !node.closest("pre, .table-wrapper, div.math"));
      return [`${frame.scrollWidth} in ${frame.clientWidth}`, ...out.slice(0, 5).map((node) => node.outerHTML.slice(0, 100))];
    });
  },

  // text that stands out too little from what is behind it: WCAG asks for 4.5 : 1
  contrast() {
    const faint = new Set();
    for (const node of document.querySelectorAll("article :is(p, li, td, th, h1, h2, h3, dt, dd, summary, a, code), .sidebar-tree a")) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!own || !node.checkVisibility()) continue;
      const ratio = probe.ratio(getComputedStyle(node).color, probe.behind(node));
      if (ratio < 4.5) faint.add(`${ratio.toFixed(2)} ${node.tagName}.${node.className}: ${node.textContent.slice(0, 40)}`);
    }
    return [...faint].slice(0, 5);
  },

  behind(node) {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/^rgba\(.*, 0(\.\d+)?\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  },

  ratio(one, other) {
    const light = (colour) => {
      const parts = probe.rgb(colour).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  },

  rgb(colour) {
    probe.pen ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    probe.pen.fillStyle = colour;
    probe.pen.fillRect(0, 0, 1, 1);
    return [...probe.pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((c) => c / 255);
  },
};
