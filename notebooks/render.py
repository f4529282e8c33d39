"""Run a notebook on the sample market and write what it shows as one page that loads nothing.

python notebooks/render.py          # writes docs/notebooks/mediation_analysis.html
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

if TYPE_CHECKING:
    from nbformat import NotebookNode

HERE = Path(__file__).resolve().parent
NOTEBOOK = HERE / "mediation_analysis.ipynb"
PAGE = HERE.parent / "docs" / "notebooks" / "mediation_analysis.html"

# Without plotly pictures are SVG, which need no script; bars of progress are not for a page.
STILL = """
import sys

sys.modules["plotly"] = sys.modules["tqdm"] = None
"""

STYLE = (HERE / "page.css").read_text(encoding="utf-8")


def read() -> NotebookNode:
    """The notebook as it is stored."""
    notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def run(notebook: NotebookNode, *, still: bool = False, seconds: int = 120) -> NotebookNode:
    """Run every cell, with pictures as SVG where they are to stand ``still``.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        When a cell fails or takes longer than ``seconds``.
    """
    if still:
        first = nbformat.v4.new_code_cell(STILL)  # type: ignore[no-untyped-call]
        notebook.cells.insert(0, first)
    NotebookClient(notebook, timeout=seconds, kernel_name="python3").execute()
    if still:
        del notebook.cells[0]
    return notebook


def source_hash(notebook: NotebookNode) -> str:
    """What a page is told apart by: the text of all cells."""
    text = "\n".join(cell.id + cell.source for cell in notebook.cells)
    return hashlib.sha256(text.encode()).hexdigest()


def _inline(notebook: NotebookNode) -> None:
    """Put pictures into the page as they are: as images they would lose their description."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                output.data = {"text/html": output.data["image/svg+xml"]}


def page(notebook: NotebookNode) -> str:
    """A notebook that was run, as HTML."""
    _inline(notebook)
    exporter = HTMLExporter(template_name="basic")  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(notebook)
    title = re.search(r"^# (.+)", notebook.cells[0].source)
    assert title is not None, "the first cell holds the title"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="notebook" content="{source_hash(notebook)}">
<title>{title[1]}</title>
<style>
{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(run(read(), still=True)), encoding="utf-8")
    print(f"{PAGE.relative_to(HERE.parent)}: {PAGE.stat().st_size:,} bytes")
