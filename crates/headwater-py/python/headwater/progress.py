"""How far long work is."""

from __future__ import annotations

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
        self._bar.total = total
        self._bar.n = done
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
                from tqdm.auto import tqdm
            except ImportError:
                return
            self.listener = self._bars = _Bars(tqdm)

    def __enter__(self) -> Optional[Listener]:
        return self.listener

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.close()


def _watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
