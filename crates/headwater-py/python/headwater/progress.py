"""How far long work is."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any, Callable, Optional, Union

#: Called with what is done, how many parts of it are, and how many there are.
Listener = Callable[[str, int, int], object]

#: ``"auto"`` shows tqdm's bars in a terminal or notebook where tqdm is installed.
Progress = Union[str, bool, None, Listener]


class _Bars:
    """A tqdm bar for each step of the work."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self._what:
            self.close()
            self._what = what
            self._bar = self._tqdm(total=total, desc=what, leave=False)
        # A saved notebook keeps every line that a bar writes.
        if (done, total) != (self._bar.n, self._bar.total):
            self._bar.n, self._bar.total = done, total
            self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Telling:
    """Tells what ``progress`` asks for while a block of work runs."""

    def __init__(self, progress: Progress) -> None:
        self.listener: Optional[Listener] = None
        self._bars: Optional[_Bars] = None
        if callable(progress):
            self.listener = progress
        elif progress is True or (progress == "auto" and _watched()):
            try:
                self.listener = self._bars = _Bars(_tqdm())
            except ImportError:
                return

    def __enter__(self) -> Optional[Listener]:
        return self.listener

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.close()


def _tqdm() -> Any:
    """A widget where notebooks have them, else a line of text; tqdm.auto would warn of the difference."""
    if "ipykernel" in sys.modules and importlib.util.find_spec("ipywidgets"):
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    return tqdm


def _watched() -> bool:
    """Whether somebody sees a bar: a terminal, or a notebook, whose shell has a kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return sys.stderr.isatty() or hasattr(shell, "kernel")
