"""How far apart the backgrounds of colour rules are, for people who see colours in the usual way and who do not.

dE is the distance in CIE L*a*b* (1976). Colour blindness is simulated by the matrices of Machado, Oliveira and Fernandes,
"A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), at severity 1.

Called with a file of colour rules, it prints the least distance of each pair, of all four ways to see.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import itertools
import math
import pathlib
import sys

SIGHT = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(channel):
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def lab(colour, sight):
    """L*a*b* of a colour (red, green, blue from 0 to 1) as it is seen."""
    light = [linear(channel) for channel in colour]
    red, green, blue = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, light)))) for row in SIGHT[sight])
    xyz = ((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047, 0.2126 * red + 0.7152 * green + 0.0722 * blue,
           (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def rules(path):
    """Name and background of each colour rule of a file of Wireshark."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            name, background = line.split("@")[1], line.split("@")[3].split("[")[1].rstrip("]")
            yield name, tuple(int(part) / 65535 for part in background.split(","))


def distances(colours, sight):
    """(dE, one, other) of all pairs, the closest first."""
    return sorted((math.dist(lab(a, sight), lab(b, sight)), one, other)
                  for (one, a), (other, b) in itertools.combinations(colours, 2))


def closest(path):
    """The pairs of the rules of Windows Update in a file: a line for each rule, the least dE of all sights to each rule before it."""
    colours = [rule for rule in rules(path) if rule[0].startswith("Update ")]
    least = {}
    for sight in SIGHT:
        for distance, one, other in distances(colours, sight):
            least[one, other] = min(distance, least.get((one, other), math.inf))
    for i, (name, _) in enumerate(colours):
        before = [f"{least[other, name]:4.0f}" for other, _ in colours[:i]]
        yield f"{i + 1:2} {name:38}" + "".join(before)
    yield " " * 41 + "".join(f"{i + 1:4}" for i in range(len(colours) - 1))


if __name__ == "__main__":
    print("\n".join(closest(pathlib.Path(sys.argv[1]))))
