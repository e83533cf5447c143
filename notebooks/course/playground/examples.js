// Places worth visiting, each with the sentence that says what to look at.

const SIN60 = Math.sqrt(3) / 2;

export const EXAMPLES = {
  conflict: { name: "A conflict", gradients: [[2, 0], [-1, 1]], energy: [4, 2],
    text: "The pair of notebook 10. Both gradients turn; audio, which has the larger share, turns less." },
  agreement: { name: "An agreement", gradients: [[2, 0.5], [0.75, 1]], energy: [5, 1],
    text: "c > 0: the gate opens for Syn, which hands length from video to audio; EAR hands it back." },
  flip: { name: "The gate flips", gradients: [[2.5, 0], [-0.75, 0.75]], energy: [20, 1],
    text: "w̄ < 0: in conflict the printed gate aligns instead of turning. Try the clamped slope." },
  overshoot: { name: "Overshoot", gradients: [[2.75, 0], [-0.5, 0.5]], energy: [4, 1],
    method: "orthogonalize", orth: "printed",
    text: "Orth alone, Eq. 13 as printed: short video is thrown past the right angle. Compare linear and exact." },
  opposite: { name: "Opposite and equal", gradients: [[1.5, 0], [-1.5, 0]], energy: [1, 1],
    text: "No smallest turn exists: every direction is as good as another, and Orth only shortens." },
  three: { name: "Three at 120°", gradients: [[0, 2], [-2 * SIN60, -1], [2 * SIN60, -1]], energy: [1, 1, 1],
    text: "The average of the pair rule leaves a balanced star as conflicting as it was." },
};
for (const example of Object.values(EXAMPLES))
  example.gradients = example.gradients.map((g) => g.map((v) => Math.round(v * 100) / 100));
