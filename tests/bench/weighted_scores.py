"""Do the intervals of weighted scores hold the truth? A simulation with fixed seeds.

    python -m tests.bench.weighted_scores --replications 2000

Two questions divide the population, region in halves and age 1 to 2; samples have the regions 6 to 4 and
the ages 4 to 6. Whoever answers 10 (promoter; inside the box) does so with a probability of their cell, all
others 0, so that share, net score and mean are of one answer: `alike` in every cell, `rare`, and `apart`,
where the margins explain much of it. Each sample is raked, and the 95 % intervals looked at.
"""

import argparse

import numpy as np

from scoring.classical.counting import Counting
from scoring.classical.margins import weigh
from scoring.classical.nps import score_of
from scoring.classical.top_box import box_share
from scoring.scale import Scale

MARGINS = {"region": {"north": 1, "south": 1}, "age": {"old": 1, "young": 2}}
CHANCES = {"alike": (0.2, 0.0, 0.0), "rare": (0.03, 0.02, 0.0), "apart": (0.1, 0.5, 0.1)}
SCALE = Scale(0, 10)


def held(case: str, n: int, replications: int) -> list[float]:
    """The shares of samples whose interval of share, net score and mean holds the truth, in percent."""
    rng = np.random.default_rng(n)
    base, north, old = CHANCES[case]
    truth = base + north / 2 + old / 3
    hits = np.zeros(3)
    for _ in range(replications):
        region = rng.choice(["north", "south"], n, p=[0.6, 0.4])
        age = rng.choice(["old", "young"], n, p=[0.4, 0.6])
        chance = base + north * (region == "north") + old * (age == "old")
        given = 10.0 * (rng.random(n) < chance)
        counting = Counting(weigh({"region": region, "age": age}, n, MARGINS).calibration)
        share = box_share(given, SCALE, 9, 10, counting=counting)
        net, mean = score_of(given, counting), counting.mean(given)
        hits += [
            share.low <= truth <= share.high,
            net.low <= 100 * (2 * truth - 1) <= net.high,
            mean.low <= 10 * truth <= mean.high,
        ]
    return [100 * float(one) / replications for one in hits]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--replications", type=int, default=2000)
    replications = parser.parse_args().replications
    print("| answers | n | share | net score | mean |\n|---|---:|---:|---:|---:|")
    for case in CHANCES:
        for n in (100, 250, 1000):
            print(
                f"| {case} | {n} | " + " | ".join(f"{one:.1f}" for one in held(case, n, replications)) + " |"
            )
