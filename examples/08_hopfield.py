"""8. Patterns are stored in couplings, and recalled from damaged ones.

Five letters, a tenth of whose pixels are then flipped. No temperature is needed: every
p-bit follows the sign of its field until none changes.
"""

# ruff: noqa: S101 - an example ends with what it claims

import numpy as np

from pbit.learning import HopfieldNetwork, flip_bits, hopfield_capacity

LETTERS = {
    "P": "####. #...# #...# ####. #.... #.... #....",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
}
patterns = np.array(
    [[1 if c == "#" else -1 for c in "".join(t.split())] for t in LETTERS.values()]
)
print(f"{len(patterns)} patterns in {patterns.shape[1]} p-bits; random ones would fit")
print(
    f"up to {hopfield_capacity() * patterns.shape[1]:.1f} by Hebb's rule, but letters"
)
print("resemble one another, which the pseudo-inverse allows for:")

damaged = flip_bits(patterns, 0.1, rng=2)
kept = []
for rule in ("hebbian", "pseudo-inverse"):
    network = HopfieldNetwork(patterns, rule)
    recalled = network.recall(damaged)
    kept.append(int((recalled == patterns).all(axis=1).sum()))
    print(f"  {rule:<15} recalls {kept[-1]} of {len(patterns)}")
assert kept[0] < kept[1] == len(patterns)

pictures = np.where(np.hstack([damaged[:3], recalled[:3]]) > 0, "#", ".")
for row in pictures.reshape(3, 2, 7, 5).transpose(2, 0, 1, 3):  # lines of every picture
    print("      ".join(" -> ".join("".join(line) for line in pair) for pair in row))
