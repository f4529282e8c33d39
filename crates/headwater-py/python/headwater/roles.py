"""Roles of columns: the graph from which everything is derived."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from .errors import SettingError


def _names(names: Sequence[str]) -> Tuple[str, ...]:
    # A lone string is a sequence of letters, and surely one name.
    return (names,) if isinstance(names, str) else tuple(names)


@dataclass(frozen=True, init=False, repr=False)
class Roles:
    """What each column is. What is left out is inferred from names.

    ::

        exposures -> mediator -> outcome
            └─(only those in `direct`)─┘
        levers, controls -> mediator and outcome

    Parameters
    ----------
    date, outcome, mediator : str, optional
        The week, what is sold, and what exposures move on the way (paid search).
    exposures : sequence of str
        Upper-funnel marketing whose effect is asked for.
    levers : sequence of str
        Own marketing that is held fixed: emails, SMS.
    controls : sequence of str
        Everything else that moves the mediator or the outcome: price, promotions.
    panel : str, optional
        The key of a panel, such as a brand.
    ignore : sequence of str
        Columns without a part in the model.
    direct : sequence of str
        Exposures that also reach the outcome around the mediator.
    fill : mapping of str to str
        What to do where a column lacks a value: ``error``, ``zero``, ``carry_forward`` or
        ``seasonal_median``.
    unit : mapping of str to str
        ``money`` or ``count`` (impressions, clicks).

    Examples
    --------
    >>> import headwater as hw
    >>> hw.Roles(mediator="google_spend", direct=["instagram_spend"])
    Roles(mediator='google_spend', direct=('instagram_spend',))
    """

    date: Optional[str]
    outcome: Optional[str]
    mediator: Optional[str]
    exposures: Tuple[str, ...]
    levers: Tuple[str, ...]
    controls: Tuple[str, ...]
    panel: Optional[str]
    ignore: Tuple[str, ...]
    direct: Tuple[str, ...]
    fill: Mapping[str, str]
    unit: Mapping[str, str]

    def __init__(
        self,
        *,
        date: Optional[str] = None,
        outcome: Optional[str] = None,
        mediator: Optional[str] = None,
        exposures: Sequence[str] = (),
        levers: Sequence[str] = (),
        controls: Sequence[str] = (),
        panel: Optional[str] = None,
        ignore: Sequence[str] = (),
        direct: Sequence[str] = (),
        fill: Optional[Mapping[str, str]] = None,
        unit: Optional[Mapping[str, str]] = None,
    ) -> None:
        stated = dict(
            date=date,
            outcome=outcome,
            mediator=mediator,
            exposures=_names(exposures),
            levers=_names(levers),
            controls=_names(controls),
            panel=panel,
            ignore=_names(ignore),
            direct=_names(direct),
            fill=dict(fill or {}),
            unit=dict(unit or {}),
        )
        for name, value in stated.items():
            object.__setattr__(self, name, value)
        self._lines()

    def _lines(self) -> Dict[str, Dict[str, Any]]:
        """One entry a column, as under ``[columns]`` in headwater.toml."""
        lines: Dict[str, Dict[str, Any]] = {}

        def add(column: str, role: str) -> None:
            if lines.setdefault(column, {"role": role})["role"] != role:
                raise SettingError(
                    f'column "{column}" is given as {lines[column]["role"]} and as {role}',
                    "give each column one role",
                )

        for role in ("date", "outcome", "mediator", "panel"):
            column = getattr(self, role)
            if column is not None:
                add(column, role)
        for role in ("exposure", "lever", "control"):
            for column in getattr(self, role + "s"):
                add(column, role)
        for column in self.ignore:
            add(column, "ignore")
        for column in self.direct:
            add(column, "exposure")
            lines[column]["direct"] = True
        for key, values in (("fill", self.fill), ("unit", self.unit)):
            for column, value in values.items():
                if column not in lines:
                    raise SettingError(
                        f'{key} names the column "{column}", which has no role here',
                        "give the column a role as well",
                    )
                lines[column][key] = value
        return lines

    def _json(self) -> str:
        return json.dumps(self._lines())

    @classmethod
    def _of(cls, lines: Mapping[str, Mapping[str, Any]]) -> Roles:
        """The roles of a ``[columns]`` table."""

        def only(role: str) -> Optional[str]:
            names = all_of(role)
            return names[0] if names else None

        def all_of(role: str) -> Tuple[str, ...]:
            return tuple(name for name, line in lines.items() if line["role"] == role)

        return cls(
            date=only("date"),
            outcome=only("outcome"),
            mediator=only("mediator"),
            exposures=all_of("exposure"),
            levers=all_of("lever"),
            controls=all_of("control"),
            panel=only("panel"),
            ignore=all_of("ignore"),
            direct=tuple(name for name, line in lines.items() if line.get("direct")),
            fill={name: line["fill"] for name, line in lines.items() if "fill" in line},
            unit={name: line["unit"] for name, line in lines.items() if "unit" in line},
        )

    def __repr__(self) -> str:
        stated = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return f"Roles({', '.join(f'{name}={value!r}' for name, value in stated if value)})"
