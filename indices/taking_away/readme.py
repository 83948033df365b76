"""What the README of a run's folder says. In English only: it is read beside English commands."""

import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any

from indices.models import Run
from indices.runs.stored_moments import is_complete_only
from indices.taking_away.answers import RunAnswers
from scoring.scale import Scale

COMPARE = '''"""Compare what was stored with what was computed again: python compare.py"""

import json
import sys
from pathlib import Path

SAID = {APART}


def apart(stored, again):
    """The largest difference, as a share of the number where that is larger than 1."""
    if isinstance(stored, dict) and isinstance(again, dict):
        if again.keys() - stored.keys() - SAID:
            return float("inf")
        return max((apart(stored[key], again[key]) for key in again.keys() - SAID), default=0.0)
    if isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        return max(map(apart, stored, again), default=0.0)
    numbers = [one for one in (stored, again) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) == 2:
        return abs(stored - again) / max(1.0, abs(stored))
    return 0.0 if stored == again else float("inf")


worst = 0.0
for stored in [path for path in map(Path, ("ml.json", "pls.json", "score.json")) if path.exists()]:
    again = stored.with_suffix(".again.json")
    found = apart(*(json.loads(path.read_text(encoding="utf-8")) for path in (stored, again)))
    print(f"{stored.stem}: largest difference {found:.1e}")
    worst = max(worst, found)
sys.exit(0 if worst < 1e-7 else 1)
'''


# The commands read only the answers that entered, so that the base and what is said of it may differ.
APART = ("n", "messages", "issues")


def compare_program() -> str:
    """The program that compares what was stored with what was computed again."""
    return COMPARE.replace("APART", ", ".join(f'"{name}"' for name in APART))


def readme(
    run: Run,
    scales: Mapping[str, Scale],
    estimates: Mapping[str, dict[str, Any]],
    answers: RunAnswers | None,
    moments: Mapping[str, Any],
    command: str = "",
) -> str:
    """The whole text. `command` computes figures that have no structural model."""
    if answers is not None and not run.model:
        body = [*_with_scores(command, answers)]
    elif answers is not None:
        body = [*_with_answers(run, scales, estimates, answers)]
    elif "groups" in moments:
        body = [*_with_groups(run, scales, estimates, moments)]
    elif moments:
        body = [*_with_moments(scales, estimates, moments)]
    else:
        body = [GONE, "The results can be read here; they cannot be computed again."]
    return "\n\n".join(_wrapped(part) for part in [*_head(run), *body]) + "\n"


def _wrapped(part: str) -> str:
    """A paragraph in lines; headings, lists and commands as they are."""
    if part.startswith(("#", "-", "```")):
        return part
    return textwrap.fill(part, 100, break_long_words=False, break_on_hyphens=False)


OF_MODEL = (
    "- `model.lav`: the model in lavaan syntax\n"
    "- `ml.json`, `pls.json`: the stored results by maximum likelihood and partial least squares,\n"
    "  as `python -m scoring fit --json` prints them"
)
OF_SCORES = "- `score.json`: the stored result"


def _head(run: Run) -> list[str]:
    own = run.versions.get("barometer", "")
    what = [
        ("Survey", run.survey.name),
        ("Period", ", ".join(run.settings.get("periods", [run.period.name]))),
        ("Segment", run.segment or "everybody"),
        ("Revision", str(run.revision)),
        ("Computed", f"{run.ended_at:%Y-%m-%d %H:%M} UTC"),
    ]
    return [
        "# One computation of Barometer",
        "\n".join(f"- {name}: `{_plain(value)}`" for name, value in what),
        f"{OF_MODEL if run.model else OF_SCORES}\n"
        "- `run.json`: periods, base, seed, settings, fingerprint of the answers, versions, changes\n"
        "- `requirements.txt`: the libraries it was computed with\n"
        "- `compare.py`: compares stored and computed numbers",
        "## To compute it again",
        f"`python -m scoring` is the folder `scoring` of Barometer {own}: let `PYTHONPATH` name the folder "
        "that holds it. Install the libraries with `pip install -r requirements.txt`, and run the commands "
        "in this folder.",
    ]


def _plain(text: str) -> str:
    """On one line, and inside the backquotes it is put in."""
    return " ".join(text.replace("`", "'").split())


def _with_answers(
    run: Run, scales: Mapping[str, Scale], estimates: Mapping[str, dict[str, Any]], answers: RunAnswers
) -> list[str]:
    common = f"{scale_options(scales)}{_margins(answers)}"
    lines = [
        f"python -m scoring fit model.lav answers.csv --estimator {estimator} {common} "
        f"--missing {_missing(run, result)}{_resampling(run, result)} --json > {estimator}.again.json"
        for estimator, result in estimates.items()
    ]
    return [
        "`answers.csv` holds the answers that entered, an item a column and a respondent a row; an empty "
        "cell is an answer that is missing. The rows are sorted by their values: their order tells "
        "nothing, and the resamples are drawn from them in this order.",
        _block([*lines, "python compare.py"]),
        *_of_weights(answers),
        "With the same libraries and number of threads the numbers agree with the stored ones to 1e-9, with "
        "another number of threads to 1e-7 (as a share, where they are larger than 1), intervals from "
        "resamples included.",
        *_remarks(run, estimates, answers),
    ]


def _margins(answers: RunAnswers) -> str:
    """The options by which a command rakes the answers as the run did."""
    if answers.weights is None:
        return ""
    sample = "" if answers.weights.sample is None else " --sample sample.csv"
    trim = answers.weights.trim
    bounds = f" --trim {trim['least']!r}:{trim['largest']!r}" if trim else ""
    return f" --margins margins.json{sample}{bounds}"


def _of_weights(answers: RunAnswers) -> list[str]:
    """What weighting needs: nothing where there is none."""
    if answers.weights is None:
        return []
    said = (
        "The answers were raked: `margins.json` holds the population's shares, and each row of "
        "`answers.csv` its options. The command rakes them again, and its errors know the margins as the "
        "run's do. The column `weight` holds the weights that come out, which other software may want."
    )
    if answers.weights.sample is not None:
        said += (
            " More respondents were raked together than these rows: `sample.csv` holds everybody's options."
        )
    return [said]


def _missing(run: Run, result: Mapping[str, Any]) -> str:
    return "listwise" if is_complete_only(dict(result)) else str(run.settings.get("missing", "listwise"))


def _resampling(run: Run, result: Mapping[str, Any]) -> str:
    if result["estimator"] == "ml":
        return ""
    scheme, resamples = run.settings.get("scheme", "path"), run.settings.get("resamples", 0)
    return f" --scheme {scheme} --bootstrap {resamples} --seed {run.seed}"


def _remarks(run: Run, estimates: Mapping[str, dict[str, Any]], answers: RunAnswers) -> list[str]:
    remarks = []
    if answers.left_out:
        remarks.append(
            f"The `n` of the stored results counts {answers.left_out} more: an item did not apply to them "
            "or was not shown, so that they did not enter and are not in `answers.csv`."
        )
    if run.settings.get("order") != "values":
        remarks.append(
            "This run drew its resamples from the rows in another order, which was not kept: intervals by "
            "partial least squares differ a little, as those of any other resamples would."
        )
    for estimator, result in estimates.items():
        if result["status"] != "ok":
            remarks.append(f"The command for `{estimator}` ends with exit status 3: {result['status']}.")
    return remarks


def _with_groups(
    run: Run,
    scales: Mapping[str, Scale],
    estimates: Mapping[str, dict[str, Any]],
    moments: Mapping[str, Any],
) -> list[str]:
    resamples = {"ml": "", "pls": f" --bootstrap {run.settings.get('resamples', 0)}"}
    lines = [
        f"python -m scoring fit model.lav --moments moments.json --estimator {estimator} "
        f"{scale_options(scales)}{resamples[estimator]} --json > {estimator}.again.json"
        for estimator in estimates
    ]
    return [
        f"There are so many answers ({moments['n']} without a gap) that this run computed with their exact "
        "sums over 100 random groups of respondents, which `moments.json` holds: the numbers of answers, "
        "their summed distances from the lowest answer of each item, and the products of these.",
        _block([*lines, "python compare.py"]),
        "With the same libraries and number of threads the numbers agree with the stored ones to 1e-9, with "
        "another number of threads to 1e-7 (as a share, where they are larger than 1), errors and intervals "
        "included.",
    ]


def _with_scores(command: str, answers: RunAnswers) -> list[str]:
    said = (
        "`answers.csv` holds the answers, an item a column and a respondent a row; an empty cell is an "
        "answer that is missing, and in no base. The rows are sorted by their values: their order tells "
        "nothing."
    )
    commands = [
        f"python -m scoring {command}{_margins(answers)} --json > score.again.json",
        "python compare.py",
    ]
    agree = "The numbers agree with the stored ones to 1e-9; `score.json` holds more than is printed."
    return [said, _block(commands), *_of_weights(answers), agree]


GONE = (
    "The answers are not in this folder, for they are no longer there as the run read them. Respondents "
    "may take their answers back, and nothing is kept of such answers."
)


def _with_moments(
    scales: Mapping[str, Scale], estimates: Mapping[str, dict[str, Any]], moments: Mapping[str, Any]
) -> list[str]:
    lines = [
        f"python -m scoring fit model.lav --moments moments.json --estimator {estimator} "
        f"{scale_options(scales)} --json > {estimator}.moments.json"
        for estimator in estimates
    ]
    return [
        GONE,
        f"`moments.json` holds what the fit began from: the means and the covariance of {moments['n']} "
        "answers (divisor n; by full information where answers were missing).",
        _block(lines),
        "Where no answer was missing, the estimates and the measures of fit agree with the stored ones. "
        "Where some were, those by partial least squares agree, and those by maximum likelihood come near: "
        "full information uses more than moments. Robust errors and intervals need the answers and cannot "
        "be given.",
    ]


def scale_options(scales: Mapping[str, Scale]) -> str:
    """The scales as the command takes them: the commonest for all, the others one by one."""
    ends = {item: f"{scale.minimum:g}:{scale.maximum:g}" for item, scale in scales.items()}
    common = Counter(ends.values()).most_common(1)[0][0]
    options = [f"--scale {common}"]
    options += [f"--scale {item}={own}" for item, own in ends.items() if own != common]
    options += [f"--reverse {item}" for item, scale in scales.items() if scale.reverse]
    return " ".join(options)


def _block(lines: list[str]) -> str:
    return "\n".join(["```", *lines, "```"])
