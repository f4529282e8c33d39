"""A slider move in a Streamlit page, as a figure to hold the dashboard's beside.

The way such pages are usually written: two gradient-boosted models fitted once and kept in the
session, every slider move runs the script again from the top: predict both stages for the weeks
as they were and as the slider has them, sum the difference, draw the chart. No intervals, no
replicates. Streamlit's own test runner moves the slider, so browser and network are not counted.

    pip install streamlit plotly pandas xgboost-cpu
    headwater simulate --out data.csv
    python streamlit_slider.py data.csv
"""

import statistics
import sys
import time

from streamlit.testing.v1 import AppTest


def page():
    import os

    import numpy as np
    import pandas as pd
    import plotly.graph_objects as go
    import streamlit as st
    import xgboost as xgb

    data = pd.read_csv(os.environ["SLIDER_DATA"])
    social = [c for c in data.columns if c.endswith("_spend") and c != "google_spend"]
    if "models" not in st.session_state:
        fit = dict(n_estimators=300, learning_rate=0.05, max_depth=4)
        search = xgb.XGBRegressor(**fit).fit(data[social], data["google_spend"])
        stage2 = data[["google_spend"]].assign(google_spend=search.predict(data[social]))
        revenue = xgb.XGBRegressor(**fit).fit(stage2, data["revenue"])
        st.session_state["models"] = (search, revenue)
    search, revenue = st.session_state["models"]
    moved = data[social].copy()
    for name in social:
        moved[name] *= 1 + st.slider(name, -50, 100, 0, key=name) / 100

    def sales(spend):
        return revenue.predict(pd.DataFrame({"google_spend": search.predict(spend)}))

    before, after = sales(data[social]), sales(moved)
    st.metric("change of revenue", f"{float(np.sum(after - before)):,.0f}")
    chart = go.Figure([go.Scatter(y=before, name="as it was"), go.Scatter(y=after, name="plan")])
    st.plotly_chart(chart)


def main():
    import os

    os.environ["SLIDER_DATA"] = sys.argv[1]
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception, app.exception
    times = []
    for step in range(1, 41):
        start = time.perf_counter()
        app.slider[0].set_value(step).run()
        times.append(1000 * (time.perf_counter() - start))
        assert not app.exception, app.exception
    times.sort()
    print(f"slider move: median {statistics.median(times):.0f} ms, 95th percentile {times[37]:.0f} ms")


if __name__ == "__main__":
    main()
