"""Pictures: interactive where plotly is installed, SVG otherwise."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Tuple, Union

if TYPE_CHECKING:
    import plotly.graph_objects


class Svg:
    """A picture as SVG text; notebooks show it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_svg_(self) -> str:
        return self.text

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Write the picture to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.text)

    def __repr__(self) -> str:
        return f"<Svg of {len(self.text):,} characters; .save(path) writes it>"


if TYPE_CHECKING:
    Picture = Union[plotly.graph_objects.Figure, Svg]


def picture(drawn: Tuple[str, str]) -> Picture:
    """The picture of an SVG text and a Plotly specification, as the installed libraries allow."""
    svg, specification = drawn
    try:
        import plotly.graph_objects as graph_objects
    except ImportError:
        return Svg(svg)
    parts = json.loads(specification)
    # A figure of plotly's keeps no configuration, so its bar of buttons would lie over the title.
    buttons = {"orientation": "v", "bgcolor": "rgba(0, 0, 0, 0)"}
    layout = {**parts["layout"], "modebar": buttons}
    return graph_objects.Figure(data=parts["data"], layout=layout)
