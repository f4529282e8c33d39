"""What was each channel worth, did it go through search, and how sure is that?

python quick_start.py              # the sample market
python quick_start.py weekly.csv   # your file, one row a week
"""

from __future__ import annotations

import sys
from typing import Sequence

import headwater as hw


def main(arguments: Sequence[str]) -> None:
    data = hw.read(arguments[0]) if arguments else hw.simulate(weeks=104, seed=42).data
    mix = hw.MediationMix(estimator="ridge", seed=42).fit(data)

    summary = mix.summary()
    print(f"Verdict: {summary.verdict}: {summary.reason}.\n")
    for sentence in summary.sentences:
        print(f"- {sentence}")

    print("\nReturn on spend, with the search spend that it sets off in the bill:")
    for effect in mix.effects().rows():
        if effect["quantity"] != "roas_loaded":
            continue
        if effect["point"] is None:
            print(f"  {effect['channel']}: not given by these data, because {effect['why']}")
        else:
            print(
                f"  {effect['channel']}: {effect['point']:.2f}"
                f" ({effect['lower']:.2f} to {effect['upper']:.2f})"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
