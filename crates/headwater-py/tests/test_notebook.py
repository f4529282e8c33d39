"""The notebook runs, on the sample market and on a user's awkward file, and its page is of today."""

from __future__ import annotations

import html
import importlib.util
import math
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import headwater as hw
import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("nbconvert")
pytest.importorskip("ipykernel")
pytest.importorskip("pandas")

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[3]

VERDICTS = {
    "path supported",
    "not separable",
    "direct path found",
    "too weak to say",
    "not assessed",
}

SECONDS = 120
"""The longest that a cell may take."""


def _render() -> Any:
    spec = importlib.util.spec_from_file_location("render", ROOT / "notebooks" / "render.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


render = _render()


def _outputs(notebook: NotebookNode, cell: str) -> list[Any]:
    """What a cell showed, without what it wrote to the error stream."""
    (found,) = (one for one in notebook.cells if one.id == cell)
    return [output for output in found.outputs if output.get("name") != "stderr"]


def _said(notebook: NotebookNode, cell: str) -> str:
    """What a cell printed or showed as text."""
    return "\n".join(
        output["text"] if output.output_type == "stream" else output.data.get("text/plain", "")
        for output in _outputs(notebook, cell)
    )


@pytest.fixture(scope="module")
def sample() -> NotebookNode:
    """The notebook as it stands, run."""
    run: NotebookNode = render.run(render.read(), seconds=SECONDS)
    return run


def german_market(weeks: int = 110) -> tuple[str, list[float]]:
    """A German export without a price, and what was spent on Meta: ISO weeks, decimal commas, notes."""
    random_ = random.Random(3)
    lines = ["Kalenderwoche;Meta Ausgaben;Pinterest Ausgaben;SEA-Kosten;Erlöse;Bemerkung"]
    carried, spent = 0.0, []
    for week in range(weeks):
        meta = random_.choice([0.0, 0.0, 800.0, 1500.0, 2600.0])
        pinterest = random_.choice([0.0, 300.5, 700.25])
        carried = 0.6 * (meta + pinterest) + 0.4 * carried
        season = math.sin(2 * math.pi * week / 52)
        search = 5000 + 0.5 * carried + 400 * season + random_.gauss(0, 300)
        revenue = 20000 + 3 * search + 2000 * season + random_.gauss(0, 1200)
        money = (
            f"{value:,.2f} €".translate(str.maketrans(",.", ".,"))
            for value in (meta, pinterest, search, revenue)
        )
        note = "Streik; kein Versand" if week == 7 else ""
        day = f"{2023 + week // 52}-W{week % 52 + 1:02}"
        lines.append(";".join([day, *money, f'"{note}"']))
        spent.append(meta)
    return "\n".join(lines) + "\n", spent


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook run on that export, with the roles that its names do not tell."""
    path = tmp_path_factory.mktemp("export") / "woche.csv"
    path.write_text(german_market()[0], encoding="utf-8")
    roles = hw.Roles(
        date="Kalenderwoche",
        outcome="Erlöse",
        mediator="SEA-Kosten",
        exposures=["Meta Ausgaben", "Pinterest Ausgaben"],
    )
    notebook = render.read()
    (parameters,) = (cell for cell in notebook.cells if cell.id == "parameters")
    parameters.source += f"\nPATH = {str(path)!r}\nROLES = hw.{roles!r}\nMARGIN = 0.4"
    run: NotebookNode = render.run(notebook, still=True, seconds=SECONDS)
    return run


def test_the_stored_notebook_holds_no_outputs() -> None:
    notebook = render.read()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, cell.id


def test_cells_are_called_by_words_that_stay_when_cells_move() -> None:
    names = [cell.id for cell in render.read().cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in names), names


def test_the_prose_holds_no_figure_that_another_file_would_make_wrong() -> None:
    for cell in render.read().cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"(?m)^## \d+\.", "", cell.source)
            assert not re.search(r"\d[\d.,]*\d|\d\s*%|[$€]", prose), cell.source


def test_the_sample_market_is_answered_as_the_library_answers_it(sample: NotebookNode) -> None:
    mix = hw.MediationMix(seed=42, progress=False).fit(hw.simulate(weeks=104, seed=42).data)
    assert f"Verdict: {mix.verdict}" in _said(sample, "verdict")
    for sentence in mix.summary().sentences:
        assert sentence in _said(sample, "summary")
    checks = [row for row in mix.findings().rows() if row["id"].startswith("mediation.")]
    assert checks
    for check in checks:
        assert check["summary"] in _said(sample, "path-checks")


def test_the_truth_stands_beside_the_estimates_of_the_sample_market(sample: NotebookNode) -> None:
    truth = hw.simulate(weeks=104, seed=42).truth_table()
    shown = _said(sample, "effects-table")
    totals = [row["value"] for row in truth.rows() if row["quantity"] == "total"]
    assert len(totals) == 4
    for value in totals:
        assert f"{value:,.0f}" in shown


def test_nothing_of_the_sample_market_is_skipped(sample: NotebookNode) -> None:
    for cell in sample.cells:
        if cell.cell_type == "code":
            assert "Skipped" not in _said(sample, cell.id), cell.id
    for cell in ("compare", "settings"):
        assert "naive" in _said(sample, cell)


def test_pictures_are_interactive_where_plotly_is_installed(sample: NotebookNode) -> None:
    pytest.importorskip("plotly")
    for cell in ("fit", "seasons", "forecasts", "effects", "price", "scenario", "budget"):
        shown = [output for output in _outputs(sample, cell) if "data" in output]
        assert any("application/vnd.plotly.v1+json" in output.data for output in shown), cell


def test_the_rendered_page_is_of_this_notebook_and_says_what_it_says_today(
    sample: NotebookNode,
) -> None:
    remedy = "make the page anew: python notebooks/render.py"
    page = render.PAGE.read_text(encoding="utf-8")
    assert render.source_hash(render.read()) in page, remedy
    text = html.unescape(re.sub("<[^>]+>", "", page))
    for cell in ("summary", "verdict", "path-checks", "sensitivity-checks"):
        assert _said(sample, cell).strip() in text, f"{cell}: {remedy}"


def test_the_rendered_page_loads_nothing_and_shows_every_picture(sample: NotebookNode) -> None:
    page = render.PAGE.read_text(encoding="utf-8")
    assert len(page.encode()) < 1_500_000
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert not re.search(r"(@import|url\()", page)
    drawn = sum(cell.source.count("plot") for cell in sample.cells if cell.cell_type == "code")
    assert page.count("<svg") == page.count("<title id=") == drawn
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(names)) == len(names), "two parts of the page have one name"


def test_a_german_export_is_read_as_it_is(german: NotebookNode) -> None:
    described = _outputs(german, "read")[0].data["text/html"]
    assert "Erlöse" in described
    spent = german_market()[1]
    assert f">{max(spent):,.0f}<" in described
    assert f">{spent.count(0.0)}<" in described


def test_the_notebook_says_why_it_skips_what_a_file_without_prices_cannot_answer(
    german: NotebookNode,
) -> None:
    assert _said(german, "price").startswith("Skipped, because no lever or control has")
    assert _said(german, "verdict").split("\n")[0].removeprefix("Verdict: ") in VERDICTS
    assert "truth" not in _said(german, "effects-table")
    assert "Profit" in _said(german, "scenario")
    for cell in ("summary", "compare", "recommend"):
        assert "Meta Ausgaben" in _said(german, cell) or "Pinterest Ausgaben" in _said(german, cell)
