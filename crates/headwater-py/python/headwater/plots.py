"""A method for every picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .figure import Picture


class Plots:
    """Pictures of a fitted model: a plotly figure where plotly is installed, else SVG."""

    def plot(self, picture_id: str, *, dark: bool = False) -> Picture:
        """A picture by name; `pictures` lists the names."""
        raise NotImplementedError

    def plot_graph(self, *, dark: bool = False) -> Picture:
        """The graph of causes with what is known of each arrow, and the verdict on the path."""
        return self.plot("graph", dark=dark)

    def plot_effects(self, *, dark: bool = False) -> Picture:
        """What each channel did to the outcome, around the mediator and through it."""
        return self.plot("effects", dark=dark)

    def plot_returns(self, *, dark: bool = False) -> Picture:
        """What a unit of spend returned, gross and loaded, beside break-even."""
        return self.plot("returns", dark=dark)

    def plot_response_curves(self, *, dark: bool = False) -> Picture:
        """What each channel would have brought at other levels of spend."""
        return self.plot("response_curves", dark=dark)

    def plot_scenario_analysis(self, *, dark: bool = False) -> Picture:
        """What half to twice the spend of each channel changes."""
        return self.plot("scenario_analysis", dark=dark)

    def plot_scenario(self, *, dark: bool = False) -> Picture:
        """What a tenth more on every channel changes, over time and in all."""
        return self.plot("scenario", dark=dark)

    def plot_scenarios(self, *, dark: bool = False) -> Picture:
        """A conservative, a planned and an aggressive raise of every channel, side by side."""
        return self.plot("scenarios", dark=dark)

    def plot_budget(self, *, dark: bool = False) -> Picture:
        """The plan of most worth for the weeks to come beside the current one."""
        return self.plot("budget", dark=dark)

    def plot_impulse_responses(self, *, dark: bool = False) -> Picture:
        """When the effect of each channel comes, in weeks after the spend."""
        return self.plot("impulse_responses", dark=dark)

    def plot_waterfall(self, *, dark: bool = False) -> Picture:
        """Where the outcome came from, adding up to all of it."""
        return self.plot("waterfall", dark=dark)

    def plot_price_curve(self, *, dark: bool = False) -> Picture:
        """What other prices would have brought."""
        return self.plot("price_curve", dark=dark)

    def plot_cross_validation(self, *, dark: bool = False) -> Picture:
        """Forecast errors in weeks that the model had not seen, beside naive forecasts."""
        return self.plot("cross_validation", dark=dark)

    def plot_actual_predicted(self, *, dark: bool = False) -> Picture:
        """What happened beside what was forecast, week by week."""
        return self.plot("actual_predicted", dark=dark)

    def plot_model_diagnostics(self, *, dark: bool = False) -> Picture:
        """How well the model fits and forecasts, on one page."""
        return self.plot("model_diagnostics", dark=dark)

    def plot_residuals(self, *, dark: bool = False) -> Picture:
        """What both stages leave unexplained."""
        return self.plot("residuals", dark=dark)

    def plot_seasons(self, *, dark: bool = False) -> Picture:
        """Trend and season of the mediator and the outcome."""
        return self.plot("seasons", dark=dark)

    def plot_series(self, *, dark: bool = False) -> Picture:
        """Every column of the data, week by week."""
        return self.plot("series", dark=dark)

    def plot_spend_share(self, *, dark: bool = False) -> Picture:
        """Where the money of the exposures went."""
        return self.plot("spend_share", dark=dark)

    def plot_correlation(self, *, dark: bool = False) -> Picture:
        """Which columns move together."""
        return self.plot("correlation", dark=dark)

    def plot_sensitivity(self, *, dark: bool = False) -> Picture:
        """How much hidden demand or a direct path would change the answer."""
        return self.plot("sensitivity", dark=dark)

    def plot_feature_importance(self, *, dark: bool = False) -> Picture:
        """How much each column counts in both stages, and whether the folds agree."""
        return self.plot("feature_importance", dark=dark)
