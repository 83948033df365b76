"""The measurement's quality in words a manager understands, with the figures they rest on.

Guides, not laws: reliability .70 (Nunnally 1978), average variance extracted .50 (Fornell & Larcker 1981),
HTMT .90 (Henseler, Ringle & Sarstedt 2015), SRMR .08 and CFI .95 (Hu & Bentler 1999).
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices.numbers import rounded

RELIABLE, CONVERGENT, DISTINCT, CLOSE_SRMR, CLOSE_CFI = 0.70, 0.50, 0.90, 0.08, 0.95


@dataclass(frozen=True)
class Verdict:
    """One aspect of the measurement: `good` or not, said in a sentence, with what was looked at."""

    aspect: str
    good: bool
    sentence: str


def verdicts(
    measured: dict[str, Any], ml: dict[str, Any], pls: dict[str, Any], names: dict[str, str]
) -> list[Verdict]:
    """Reliability, convergence and distinctness from the result that is shown (`measured`), and the fit of
    both estimators; aspects without figures are left out."""
    found = [
        _reliability(measured, names),
        _convergence(measured, names),
        _distinctness(measured, names),
        _fit(ml, pls),
    ]
    return [verdict for verdict in found if verdict]


def overall(found: list[Verdict]) -> str:
    """In how many respects the measurement is good, in a sentence; empty where nothing is known."""
    if not found:
        return ""
    weak = sum(not one.good for one in found)
    if not weak:
        return _("The measurement can be relied on: nothing that was looked at speaks against it.")
    said = ngettext(
        "The measurement holds with a reservation in %(weak)d of %(all)d respects.",
        "The measurement holds with reservations in %(weak)d of %(all)d respects.",
        weak,
    )
    return said % {"weak": weak, "all": len(found)}


def _several_items(result: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """Reliability figures of the constructs that have more than one item."""
    sizes: dict[str, int] = {}
    for loading in result["loadings"]:
        sizes[loading["construct"]] = sizes.get(loading["construct"], 0) + 1
    return {name: row for name, row in result["reliability"].items() if sizes.get(name, 0) > 1}


def _listed(weak: dict[str, float], names: dict[str, str], digits: int = 2) -> str:
    return ", ".join(f"{names.get(name, name)} ({rounded(value, digits)})" for name, value in weak.items())


def _below(result: dict[str, Any], key: str, limit: float) -> dict[str, float]:
    rows = _several_items(result)
    return {
        name: value for name, row in rows.items() if (value := row.get(key)) is not None and value < limit
    }


def _reliability(result: dict[str, Any], names: dict[str, str]) -> Verdict | None:
    if not _several_items(result):
        return None
    weak = _below(result, "rho_c", RELIABLE)
    said = (
        _("The items of these constructs hang together only loosely: %s. Read their indices with care.")
        % _listed(weak, names)
        if weak
        else _("The items of every construct measure the same thing reliably.")
    )
    return Verdict(_("Reliability"), not weak, said)


def _convergence(result: dict[str, Any], names: dict[str, str]) -> Verdict | None:
    if not _several_items(result):
        return None
    weak = _below(result, "ave", CONVERGENT)
    said = (
        _("Less than half of what the items say belongs to their construct: %s.") % _listed(weak, names)
        if weak
        else _("The items say more about their construct than about anything else.")
    )
    return Verdict(_("Convergence"), not weak, said)


def _distinctness(result: dict[str, Any], names: dict[str, str]) -> Verdict | None:
    rows = [row for row in result["htmt"] if row["value"] is not None]
    if not rows:
        return None
    close = [row for row in rows if row["value"] > DISTINCT]
    pairs = "; ".join(
        f"{names.get(row['a'], row['a'])} – {names.get(row['b'], row['b'])} ({rounded(row['value'], 2)})"
        for row in close
    )
    said = (
        _("Respondents hardly tell these apart: %s. Act on them together.") % pairs
        if close
        else _("Respondents tell all constructs apart.")
    )
    return Verdict(_("Distinctness"), not close, said)


def _fit(ml: dict[str, Any], pls: dict[str, Any]) -> Verdict | None:
    """Each estimator's own model; good only if every one that gave figures fits closely."""
    close, said = [], []
    if (fit := ml["fit"]) and fit.get("srmr") is not None and fit.get("cfi") is not None:
        close.append(fit["srmr"] <= CLOSE_SRMR and fit["cfi"] >= CLOSE_CFI)
        figures = (
            f"SRMR {rounded(fit['srmr'], 3)}, CFI {rounded(fit['cfi'], 3)}, RMSEA {rounded(fit['rmsea'], 3)}"
        )
        said.append(_("maximum likelihood: %s") % figures)
    if (fit := pls["fit"]) and fit.get("srmr") is not None:
        close.append(fit["srmr"] <= CLOSE_SRMR)
        said.append(_("partial least squares: %s") % f"SRMR {rounded(fit['srmr'], 3)}")
    if not close:
        return None
    sentence = (
        _("The model reproduces how the answers hang together well (%s).")
        if all(close)
        else _("The model leaves part of how the answers hang together unexplained (%s).")
    )
    return Verdict(_("Fit"), all(close), sentence % "; ".join(said))
