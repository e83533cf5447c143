// The cases that miss the reference, and how many numbers were compared.
((cases) => {
  const flat = (value) => (Array.isArray(value) ? value.flat(9) : [value]);
  const answer = ({ method, gradients, state }) => {
    if (method !== "readings") return methods_js.METHODS[method].apply(gradients, state);
    const seen = rules_js.readings(gradients, state.energy, state);
    return { ...seen, ...seen.forms };
  };
  let compared = 0;
  const missed = [];
  for (const one of cases) {
    let given;
    try {
      given = answer(one);
    } catch (error) {
      missed.push(`${one.name} stopped: ${error.message}`);
      continue;
    }
    if (!Object.keys(one.expected).length && given.update) missed.push(`${one.name} refused`);
    for (const [key, expected] of Object.entries(one.expected)) {
      const [ours, theirs] = [flat(given[key]), flat(expected)];
      compared += theirs.length;
      const near = ours.length === theirs.length &&
        ours.every((value, n) => Math.abs(value - theirs[n]) <= one.tolerance[key]);
      if (!near) missed.push(`${one.name} ${key}`);
    }
  }
  return { compared, missed };
})(window.cases)
