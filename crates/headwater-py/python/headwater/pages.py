"""What findings mean, and which pictures there are."""

from __future__ import annotations

from typing import Dict, Optional

from . import _native


def explain(finding: Optional[str] = None) -> str:
    """What a finding checks, why it matters, how to read it and what to do; without one, the list.

    Examples
    --------
    >>> import headwater as hw
    >>> hw.explain("mediation.path").splitlines()[0]
    'mediation.path: does spend reach the outcome through the mediator alone'
    """
    return _native.explain(finding)


def pictures() -> Dict[str, str]:
    """The name of every picture that `MediationMix.plot` draws, and what it shows."""
    return dict(_native.Run.pictures())
