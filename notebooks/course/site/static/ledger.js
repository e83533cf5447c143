// The ledger's pages work without this. It adds the filter to the table of claims, and in the
// graph it shows, for the claim under the pointer or the focus, all that it rests on and carries.

for (const table of document.querySelectorAll("table.ledger-table")) addFilter(table);
for (const svg of document.querySelectorAll("svg.ledger-graph")) trace(svg);

function addFilter(table) {
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    idea: row.cells[0].innerText.split("-")[0],
    verdict: row.querySelector(".verdict"),
    text: row.textContent.toLowerCase(),
  }));
  const name = (entry) => entry.verdict.textContent.trim();
  const form = document.createElement("form");
  form.className = "ledger-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Claims");
  const words = Object.assign(document.createElement("input"), { type: "search", placeholder: "Words" });
  words.setAttribute("aria-label", "Words that the claim contains");
  const ideas = document.createElement("select");
  ideas.setAttribute("aria-label", "Idea");
  ideas.add(new Option("all ideas", ""));
  for (const idea of new Set(rows.map((entry) => entry.idea))) ideas.add(new Option(idea));
  const buttons = [...new Map(rows.map((entry) => [name(entry), entry.verdict]))].map(([verdict, mark]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: verdict });
    button.className = mark.className.replace("verdict", "");
    button.setAttribute("aria-pressed", "true");
    return button;
  });
  const told = document.createElement("output");
  form.append(words, ideas, ...buttons, told);

  function apply() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.textContent);
    for (const entry of rows) {
      const kept = wanted.every((word) => entry.text.includes(word)) && verdicts.includes(name(entry));
      entry.row.hidden = !(kept && (!ideas.value || ideas.value === entry.idea));
    }
    told.textContent = `${rows.filter((entry) => !entry.row.hidden).length} of ${rows.length} claims`;
  }
  for (const button of buttons) button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    apply();
  });
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  (table.closest(".table-wrapper") ?? table).before(form);
  apply();
}

function trace(svg) {
  const edges = [...svg.querySelectorAll(".edge")];
  const nodes = [...svg.querySelectorAll("a[data-claim]")];

  function reached(start, from, to) {
    const seen = new Set([start]), lines = new Set();
    for (const claim of seen) for (const edge of edges) if (edge.dataset[from] === claim) {
      lines.add(edge);
      seen.add(edge.dataset[to]);
    }
    return { seen, lines };
  }
  function choose(node) {
    const down = reached(node.dataset.claim, "to", "from"), up = reached(node.dataset.claim, "from", "to");
    svg.classList.add("chosen");
    for (const edge of edges) edge.classList.toggle("on", down.lines.has(edge) || up.lines.has(edge));
    for (const other of nodes) {
      other.classList.toggle("on", down.seen.has(other.dataset.claim) || up.seen.has(other.dataset.claim));
    }
  }
  for (const node of nodes) {
    for (const event of ["pointerenter", "focus"]) node.addEventListener(event, () => choose(node));
    for (const event of ["pointerleave", "blur"]) node.addEventListener(event, () => svg.classList.remove("chosen"));
  }
}
