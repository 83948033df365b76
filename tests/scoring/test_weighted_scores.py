"""Scores of weighted answers: hand-computed values, what equal weights give, and errors that know of the
margins, held against resampling and against R's formula."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.classical.calibration import uncalibrated
from scoring.classical.counting import ALIKE, Counting
from scoring.classical.design_effect import effective_n, weighted_mean
from scoring.classical.margins import placed, weigh
from scoring.classical.means import mean_of, welch
from scoring.classical.measured import Answers, measure
from scoring.classical.nps import Counts, net_promoter_score, score_of, scored
from scoring.classical.overlap import Window, correlation
from scoring.classical.proportions import wilson
from scoring.classical.score import UNITS, net_score
from scoring.classical.score_change import against_the_others, difference
from scoring.classical.score_rows import score_rows
from scoring.instrument.file import builtin
from scoring.instrument.parts import Feature

NAN = math.nan
KANO = builtin()["kano"].adapted(features=[Feature("chat", {"en": "A chat"})])
KINDS = {"kano": KANO} | {
    name: builtin()[name] for name in ("nps", "csat", "ces", "servqual", "servqual_zone", "servperf")
}
MARGINS = {"region": {"north": 3, "south": 1}, "age": {"old": 4, "young": 6}}


def answers(name, n, seed, gaps=0.1):
    """Some at random, a tenth of them missing, points that sum to 100."""
    rng, instrument = np.random.default_rng(seed), KINDS[name]
    scales = instrument.scales()
    columns = []
    for item in instrument.items:
        low, high = (
            (0, 100) if item.kind == "points" else (scales[item.code].minimum, scales[item.code].maximum)
        )
        columns.append(rng.integers(low, high + 1, n).astype(float))
    values = np.column_stack(columns)
    values[rng.random(values.shape) < gaps] = NAN
    points = [place for place, item in enumerate(instrument.items) if item.kind == "points"]
    values[:, points] = 20.0
    return instrument, Answers(tuple(item.code for item in instrument.items), values)


def sample(n, seed):
    rng = np.random.default_rng(seed)
    region = rng.choice(["north", "south", ""], n, p=[0.45, 0.45, 0.1])
    return {"region": region, "age": rng.choice(["old", "young"], n, p=[0.25, 0.75])}


def close(found, expected):
    assert len(found.scores) == len(expected.scores) > 0
    for one, other in zip(found.scores, expected.scores, strict=True):
        assert (one.code, one.kind, one.n) == (other.code, other.kind, other.n)
        figures = [(s.value, s.se, s.low, s.high) for s in (one, other)]
        assert figures[0] == pytest.approx(figures[1], rel=1e-12, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("n", [1, 2, 60])
def test_equal_weights_give_the_unweighted_figures_whatever_is_missing(name, n):
    instrument, given = answers(name, n, 1)
    plain = measure(instrument, given)
    for weight in (1.0, 1e-9, 3.7e8):
        found = measure(instrument, given, Counting(uncalibrated(np.full(n, weight))))
        if plain.scores:
            close(found, plain)
        assert found.n_used == plain.n_used
        for key, value in plain.values.items():
            if isinstance(value, (int, float)):
                assert found.values[key] == pytest.approx(value, rel=1e-12)
    if name == "kano":  # no tie is broken by rounding
        both = (plain.values["features"][0], found.values["features"][0])
        assert both[0]["category"] == both[1]["category"] and both[0]["combined"] == both[1]["combined"]


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(KINDS)),
    weights=st.lists(st.floats(0.05, 20), min_size=12, max_size=12),
    scale=st.floats(1e-6, 1e6),
    seed=st.integers(0, 99),
)
def test_weights_say_the_same_in_any_unit_and_figures_stay_in_their_range(name, weights, scale, seed):
    instrument, given = answers(name, 12, seed)
    one, other = (
        measure(instrument, given, Counting(uncalibrated(unit * np.array(weights)))) for unit in (1.0, scale)
    )
    for a, b in zip(one.scores, other.scores, strict=True):
        assert (a.value, a.low, a.high) == pytest.approx(
            (b.value, b.low, b.high), rel=1e-6, abs=1e-6, nan_ok=True
        )
        if a.n_effective is not None:
            assert 1 - 1e-9 <= a.n_effective <= a.n + 1e-9
            assert a.kind == "mean" or a.base <= a.n + 1e-6
        if a.kind in UNITS:
            least, most = sorted((0.0, UNITS[a.kind]))
            assert least <= a.value <= most and a.low <= a.value + 1e-9 and a.value <= a.high + 1e-9


def test_a_net_score_by_hand():
    """Promoters weigh 2: 4 of 8 + 3 passives + 3 detractors of weight 1."""
    given = np.array([9, 10, 8, 7, 7, 0, 3, 6.0, NAN])
    weights = np.array([2, 2, 1, 1, 1, 1, 1, 1, 5.0])
    found = score_of(given, Counting(uncalibrated(weights)))
    assert (found.n, found.promoters, found.passives, found.detractors) == (8, 2, 3, 3)
    assert found.nps == pytest.approx(100 * (4 - 3) / 10)
    assert found.n_effective == pytest.approx(10**2 / (4 + 4 + 6))
    # Σw²(x − x̄)²/(Σw)² with x̄ = .1; the base at which .69/base is that
    variance = (2 * 4 * 0.9**2 + 3 * 0.1**2 + 3 * 1.1**2) / 100
    base = 0.69 / variance
    plain = net_promoter_score(Counts(0.4 * base, 0.3 * base, 0.3 * base))
    assert (found.se, found.low, found.high) == pytest.approx((plain.se, plain.low, plain.high), rel=1e-8)


def test_a_share_and_a_mean_by_hand():
    instrument = KINDS["csat"]
    found = measure(
        instrument, Answers(("score",), np.array([[5.0], [4], [1], [2], [NAN]])),
        Counting(uncalibrated(np.array([3, 1, 1, 1, 9.0]))),
    )  # fmt: skip
    share, mean = found.scores
    assert share.value == pytest.approx(100 * 4 / 6) and (share.n, found.values["count"]) == (4, 2)
    base = (4 / 6 * 2 / 6) / ((9 + 1 + 4 + 4) / 9 / 36)
    assert (share.low, share.high) == pytest.approx([100 * one for one in wilson(4 / 6 * base, base)])
    assert found.values["answer_shares"] == pytest.approx(
        {"1": 1 / 6, "2": 1 / 6, "3": 0, "4": 1 / 6, "5": 0.5}
    )
    y, w = np.array([5, 4, 1, 2.0]), np.array([3, 1, 1, 1.0])
    assert mean.value == pytest.approx(22 / 6)
    assert mean.se == pytest.approx(math.sqrt(4 / 3 * np.sum((w * (y - 22 / 6)) ** 2)) / 6)
    assert mean.n_effective == pytest.approx(3)
    assert mean.high - mean.value == pytest.approx(4.302652729911275 * mean.se)  # t of 2 degrees of freedom


def test_a_class_is_that_of_most_weighted_answers():
    there, absent = [1, 1, 3, 3, 3], [3, 3, 5, 5, 5]  # two A, three M
    values = Answers(("chat_functional", "chat_dysfunctional"), np.array([there, absent], dtype=float).T)
    assert measure(KANO, values).values["features"][0]["category"] == "M"
    found = measure(KANO, values, Counting(uncalibrated(np.array([3, 3, 1, 1, 1.0]))))
    (feature,) = found.values["features"]
    assert feature["category"] == "A" and feature["counts"]["M"] == 3 and feature["n"] == 5
    assert feature["shares"]["A"] == pytest.approx(6 / 9)
    assert (feature["better"], feature["worse"]) == pytest.approx((6 / 9, -3 / 9))
    assert feature["category_strength"] == pytest.approx(3 / 9)


@pytest.mark.parametrize("name", KINDS)
def test_the_calibrated_error_is_that_of_r_and_every_score_the_mean_of_its_rows(name):
    """R's svymean after calibrate(): residuals on the margins' dummies. Without a gap, so that n is the
    sample's. Whoever gave no region is a stratum whose share is not known, so nobody here."""
    instrument, given_ = answers(name, 300, 2, gaps=0.0)
    given = sample(300, 3)
    given["region"] = np.where(given["region"] == "", "north", given["region"])
    raked = weigh(given, 300, MARGINS).calibration
    found = {one.code: one for one in measure(instrument, given_, Counting(raked)).scores}
    rows = score_rows(instrument, given_)
    assert set(rows) == set(found)
    codes = raked.cells[raked.place]
    for code, one in found.items():
        unit = 100.0 if one.kind == "nps" else UNITS.get(one.kind, 1.0)
        expected = weighted_mean(rows[code], raked.row_weights, codes, raked.row_weights)
        assert one.value == pytest.approx(unit * expected.mean)
        assert one.n_effective == pytest.approx(effective_n(raked.row_weights[~np.isnan(rows[code])]))
        if one.kind == "mean":
            assert one.se == pytest.approx(expected.se, rel=1e-9)
        else:
            plain = weighted_mean(rows[code], raked.row_weights)
            spread = _spread(rows[code], raked) * 300 / 299
            base = min(one.n, spread / plain.se**2) * (plain.se / expected.se) ** 2
            assert one.base == pytest.approx(base) and 0.7 * one.n < base


def _spread(y, raked):
    w, y = raked.row_weights[~np.isnan(y)], y[~np.isnan(y)]
    return float(w @ (y - w @ y / w.sum()) ** 2 / w.sum())


def test_raking_again_every_resample_gives_the_calibrated_error():
    given, rng = sample(600, 5), np.random.default_rng(6)
    north, old = given["region"] == "north", given["age"] == "old"
    score = np.clip(np.round(6 + 2.5 * north - 2 * old + 2 * rng.normal(size=600)), 0, 10)
    score[rng.random(600) < 0.15] = NAN
    raked = weigh(given, 600, MARGINS).calibration
    drawn = {"nps": [], "mean": []}
    for _ in range(500):
        rows = rng.integers(0, 600, 600)
        own = weigh({name: column[rows] for name, column in given.items()}, 600, MARGINS).row_weights
        for name, y in (("nps", scored(score[rows])), ("mean", score[rows])):
            there = ~np.isnan(y)
            drawn[name].append(own[there] @ y[there] / own[there].sum())
    counting = Counting(raked)
    assert counting.mean(score).se == pytest.approx(np.std(drawn["mean"]), rel=0.08)
    assert score_of(score, counting).se / 100 == pytest.approx(np.std(drawn["nps"]), rel=0.08)
    # which is another one than that of weights alone
    assert counting.mean(score).se < 0.93 * Counting(uncalibrated(raked.row_weights)).mean(score).se


def test_answers_that_do_not_vary_have_no_error_and_shares_still_an_interval():
    counting = Counting(weigh(sample(40, 1), 40, MARGINS).calibration)
    constant = counting.mean(np.full(40, 0.1 + 0.2))
    assert (constant.se, constant.low, constant.high) == (0.0, constant.mean, constant.mean)
    found = score_of(np.full(40, 10.0), counting)
    assert found.nps == 100 and found.low < 95 and sum(found.effective) == pytest.approx(found.n_effective)


def test_differences_of_weighted_scores_have_the_weighted_errors():
    rng = np.random.default_rng(8)
    scores, means = [], []
    for seed in (1, 2):
        counting = Counting(weigh(sample(200, seed), 200, MARGINS).calibration)
        given = rng.integers(0, 11, 200).astype(float)
        scores.append(net_score("nps", score_of(given, counting)))
        means.append(counting.mean(given))
    found = difference(*scores)
    assert found.difference == pytest.approx(scores[0].value - scores[1].value)
    assert found.se == pytest.approx(math.hypot(scores[0].se, scores[1].se))
    assert difference(*scores, correlation=0.5).se < found.se
    first, second = (one.df for one in means)
    assert first < 199 and second < 199
    # shares that stand for as many as answered are pooled as their counts are
    plain = [net_score("nps", net_promoter_score(Counts(*one.counts))) for one in scores]
    sizes = [one.base for one in scores]
    pooled = against_the_others([*scores, scores[0]], [*sizes, sizes[0]])[1]
    two = net_promoter_score(Counts(*(2 * one for one in scores[0].counts)))
    assert pooled.se == pytest.approx(math.hypot(scores[1].se, two.se)) and plain[0].n <= scores[0].n


def test_welchs_degrees_of_freedom_are_of_the_effective_answers():
    a, b = (Counting(uncalibrated(np.ones(20))).mean(np.arange(20.0) * step) for step in (1, 3))
    from scoring.classical.means import welch_means

    plain, found = welch(np.arange(20.0), 3 * np.arange(20.0)), welch_means(a, b)
    assert (found.df, found.p, found.low) == pytest.approx((plain.df, plain.p, plain.low))
    assert mean_of([1, 2, 3]).df == 2 and ALIKE.mean([1, 2, 3]) == mean_of([1, 2, 3])


def test_what_two_windows_share_is_what_resampling_the_months_says():
    """Three months; windows of the first two and of the last two, each raked by itself."""
    rng, n = np.random.default_rng(4), 250
    months = [sample(n, seed) for seed in (11, 12, 13)]
    scores = [
        np.where(
            rng.random(n) < 0.1,
            NAN,
            np.clip(np.round(6 + 2 * (one["region"] == "north") + 2 * rng.normal(size=n)), 0, 10),
        )
        for one in months
    ]

    def windows(parts):
        for pair in ((0, 1), (1, 2)):
            given = {q: np.concatenate([months[k][q][parts[k]] for k in pair]) for q in MARGINS}
            values = np.concatenate([scores[k][parts[k]] for k in pair])
            raked = weigh(given, len(values), MARGINS).calibration
            yield raked, values

    whole = [np.arange(n)] * 3
    held = []
    for raked, values in windows(whole):
        own = placed(raked, months[1], n, MARGINS)
        held.append((Window(raked, own, own), scored(values)))
    (first, x), (second, y) = held
    found = correlation(first, second, (x, y), scored(scores[1]))
    drawn = []
    for _ in range(400):
        parts = [rng.integers(0, n, n) for _month in months]
        drawn.append(
            [
                raked.row_weights[~np.isnan(v)]
                @ scored(v)[~np.isnan(v)]
                / raked.row_weights[~np.isnan(v)].sum()
                for raked, v in windows(parts)
            ]
        )
    assert found == pytest.approx(np.corrcoef(np.array(drawn).T)[0, 1], abs=0.1)


def test_a_window_goes_with_itself_entirely_and_equal_weights_by_the_share_they_have_in_common():
    rng = np.random.default_rng(5)
    values = rng.integers(0, 11, 300).astype(float)
    raked = weigh(sample(300, 6), 300, MARGINS).calibration
    itself = Window(raked, raked, raked)
    assert correlation(itself, itself, (values, values), values) == pytest.approx(1)
    alike = uncalibrated(np.ones(200))
    some = uncalibrated(np.ones(100))
    half = Window(alike, some, some)
    x, y = values[:200], values[100:]
    assert correlation(half, half, (x, y), values[100:200]) == pytest.approx(0.5, abs=0.05)
    assert correlation(half, half, (np.ones(200), y), values[100:200]) == 0


def test_margins_that_explain_everything_are_not_believed():
    """Two of each region alike, or nearly: such samples say little of how sure that is."""
    region = np.repeat(["north", "south"], 20)
    counting = Counting(weigh({"region": region}, 40, {"region": {"north": 1, "south": 1}}).calibration)
    answers = np.where(region == "north", 10.0, 0.0)
    whole = score_of(answers, counting)
    assert sum(whole.effective) == pytest.approx(40)  # Kish's base
    answers[0] = 0.0
    nearly = score_of(answers, counting)
    assert sum(nearly.effective) == pytest.approx(80) and nearly.high - nearly.low > 35
