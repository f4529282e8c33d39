"""What can go wrong, in the same words as the command line."""

from __future__ import annotations

from typing import Any, Optional, Tuple


class HeadwaterError(Exception):
    """Anything that Headwater refuses or cannot do.

    Attributes
    ----------
    message : str
        What is wrong, naming file, row, column or week where there is one.
    help : str or None
        What to do next.
    report : str
        Both as the command line shows them, with the offending cell where there is one.
    """

    def __init__(self, message: str, help: Optional[str] = None, report: str = "") -> None:
        # The message alone: `OSError` would take a second argument for the text of an error number.
        super().__init__(message)
        self.message = message
        self.help = help
        self.report = report or str(self)

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.message, self.help, self.report)

    def __str__(self) -> str:
        return f"{self.message}\nhelp: {self.help}" if self.help else self.message


class InputError(HeadwaterError, ValueError):
    """The data, or a settings file, cannot be used as it stands."""


class RankDeficientError(InputError):
    """Columns of a stage are linear combinations of others."""


class TooFewWeeksError(InputError):
    """There are not enough weeks for what was asked."""


class SettingError(HeadwaterError, ValueError):
    """A setting is out of range or contradicts another."""


class EstimatorError(HeadwaterError, RuntimeError):
    """An estimator could not be fitted or asked for a prediction."""


class FileError(HeadwaterError, OSError):
    """A file could not be read or written."""


class NotFittedError(HeadwaterError, ValueError, AttributeError):
    """A model was asked before it was fitted."""
