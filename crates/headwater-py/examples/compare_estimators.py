"""Which estimator, if any, forecasts better than no model? All are asked on the same folds.

python compare_estimators.py                     # ridge and lasso
python compare_estimators.py ols ridge boosting  # these
"""

from __future__ import annotations

import sys
from typing import Sequence

import headwater as hw


def main(estimators: Sequence[str]) -> None:
    data = hw.simulate(weeks=104, seed=42).data
    # 200 replicates show how stable effects are; take the default for intervals to act on.
    mix = hw.MediationMix(seed=42, bootstrap=200).fit(data)
    comparison = mix.compare(estimators or ["ridge", "lasso"])
    print(comparison)

    # The screen is for people; the table holds the same figures for programs.
    for score in comparison.table.rows():
        if score["path_rmse"] is None:
            print(f"{score['name']}: {score['why']}")
        else:
            print(f"{score['name']}: typical error {score['path_rmse']:,.0f} a week")


if __name__ == "__main__":
    main(sys.argv[1:])
