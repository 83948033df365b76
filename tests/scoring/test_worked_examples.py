"""Published and computed examples, each test named after its entry of worked_examples.json.

An entry that nobody has checked against its publication (`verified` false) says here why its figure holds.
"""

import math

import numpy as np
import pytest

from scoring.classical import kano_classes, loyalty, nps, nps_comparison, nps_intervals, proportions
from scoring.classical.careless import longstring
from scoring.classical.control_chart import limits
from scoring.classical.customer_value import perceived_value, relative_score, weighted_score
from scoring.classical.design_effect import design_effect, effective_n, weighted_mean
from scoring.classical.difference_scores import difference_reliability
from scoring.classical.false_discovery import adjusted_p, rejected
from scoring.classical.importance_performance import centre, quadrants
from scoring.classical.item_analysis import (
    alpha_if_deleted,
    corrected_item_total,
    feldt_interval,
    item_total,
    standardised_alpha,
)
from scoring.classical.kano import TABLES, classify, count
from scoring.classical.multinomial import goodman_difference
from scoring.classical.rake import rake
from scoring.classical.rolling import change, periods, window
from scoring.classical.servqual import DIMENSIONS, overall, servqual
from scoring.scale import Scale
from scoring.structural.reliability import alpha

# One pair of answers for every category of Pouliot's table.
PAIR = {"M": (2, 5), "O": (1, 5), "A": (1, 2), "I": (2, 3), "R": (2, 1), "Q": (1, 1)}


@pytest.fixture(scope="module")
def example(reference):
    entries = {entry["id"]: entry for entry in reference("worked_examples")}

    def find(name):
        entry = entries[name]
        tolerance = entry["tolerance"]

        def near(value):
            return pytest.approx(value, abs=max(tolerance, 1e-12), rel=0)

        return entry["input"], entry["expected"], near

    return find


def test_servqual_unweighted(example):
    given, expected, near = example("servqual-unweighted")
    gaps = np.array([[given["dimension_gaps"][name] for name in DIMENSIONS]])
    assert gaps.sum() == near(expected["sum"])
    assert overall(gaps)[0] == near(expected["overall"])


def test_servqual_weighted(example):
    """.11·−.65 + .32·−1.10 + .22·−.83 + .19·−.70 + .16·−1.01 = −.9007 by hand; the points sum to 100."""
    given, expected, near = example("servqual-weighted")
    gaps, points = (
        np.array([[given[key][name] for name in DIMENSIONS]]) for key in ("dimension_gaps", "points")
    )
    assert overall(gaps, points)[0] == near(expected["overall"])


def test_servqual_weighting_order(example):
    """By hand: −.2 − .8 = −1.0 and −.2 − .3 − .4 = −.9, mean −.95; mean gaps (−.5, −1.5, −.5, 0, −1) times
    mean points (.15, .3, .25, .15, .15) is −.8. The order is told apart through the whole computation."""
    given, expected, near = example("servqual-weighting-order")
    gaps, points = np.array(given["gaps"]), np.array(given["points"])
    assert overall(gaps, points) == near(expected["per_respondent"])
    items = np.repeat(gaps, [len(places) for places in DIMENSIONS.values()], axis=1)
    result = servqual(np.full((2, 22), 5.0), 5.0 + items, points)
    assert result.weighted.mean == near(expected["mean_of_scores"])
    mean_gaps = np.array([one.gap.mean for one in result.dimensions.values()])
    mean_points = np.array([one.weight for one in result.dimensions.values()])
    assert mean_gaps @ mean_points / 100 == near(expected["mean_gap_x_mean_weight"])


def test_difference_score_reliability(example):
    """Equal variances by hand: (.8 − .6)/(1 − .6) = .5, (.9 − .8)/(1 − .8) = .5, 0; the last is
    (.64·.9 + 1.44·.8 − 2·.4·.96)/(.64 + 1.44 − .768) = .96/1.312."""
    given, expected, near = example("difference-score-reliability")
    for entry, value in zip(given, expected, strict=True):
        sds = [entry.get("s1", 1.0), entry.get("s2", 1.0)]
        assert difference_reliability(entry["r11"], entry["r22"], entry["r12"], *sds) == near(value)
    assert near(expected[-1]) == 0.96 / 1.312


@pytest.mark.parametrize("table", ["berger", "pouliot"])
@pytest.mark.parametrize("functional", range(1, 6))
@pytest.mark.parametrize("dysfunctional", range(1, 6))
def test_kano_table(example, table, functional, dysfunctional):
    _, expected, _ = example(f"kano-table-{table}")
    letter = expected[functional - 1][dysfunctional - 1]
    assert classify([functional], [dysfunctional], table).tolist() == [letter]
    assert TABLES[table] == tuple(expected)


def test_kano_reppel_6(example):
    """The published counts, put back as pairs of answers; the raw answers are not kept here, so the mean
    importance of the entry is not compared."""
    given, expected, near = example("kano-reppel-6")
    letters = given["columns"][:6]
    for *counts, blauth, better, worse, _ in expected.values():
        pairs = [PAIR[one] for one, times in zip(letters, counts, strict=True) for _ in range(times)]
        feature = kano_classes.evaluate(*zip(*pairs, strict=True), table="pouliot", rule="blauth")
        assert feature.counts == dict(zip(letters, counts, strict=True))
        assert (feature.n, feature.category) == (358, blauth)
        assert (feature.better.value, feature.worse.value) == (near(better), near(worse))
    transparent = dict(zip(letters, expected["Transparent"][:6], strict=True))
    assert kano_classes.category(transparent, "mode") == "I"


def test_kano_ski_sauerwein(example):
    """The percentages are recalled, but the coefficients printed to two places follow from them: edge grip
    (7 + 32.3)/98.1 = .40 and (32.3 + 49.3)/98.1 = .83."""
    given, expected, near = example("kano-ski-sauerwein")
    for name, shares in given.items():
        counts = {letter: round(10 * shares[letter]) for letter in "MOAIRQ"}
        assert kano_classes.category(counts) == expected[name]["c"]
        assert kano_classes.better(counts).value == near(expected[name]["better"])
        assert kano_classes.worse(counts).value == near(expected[name]["worse"])


def test_kano_stp25kano(example):
    given, expected, near = example("kano-stp25kano")
    for name, (mode, close, total, strength, better, worse, significant) in expected.items():
        counts = dict(zip("MOAIRQ", given[name], strict=True))
        assert sum(counts.values()) == 296
        assert kano_classes.category(counts) == mode
        assert kano_classes.category(counts, near_tie=5) == close
        assert kano_classes.significant(counts) is significant
        assert kano_classes.total_strength(counts) == near(total)
        assert kano_classes.category_strength(counts) == near(strength)
        assert kano_classes.better(counts).value == pytest.approx(better, abs=5.1e-4)
        assert kano_classes.worse(counts).value == pytest.approx(worse, abs=5.1e-4)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_nps_var_se(example, number):
    given, expected, near = example(f"nps-var-se-{number}")
    counts = nps.Counts(**given)
    assert (counts.net, counts.variance, counts.se) == tuple(
        map(near, [expected["nps"], expected["var"], expected["se"]])
    )


def test_nps_breaks(example):
    given, expected, near = example("nps-breaks")
    assert nps.counts_of(given).net == near(expected)
    assert nps.scored(range(11)).tolist() == [-1] * 7 + [0] * 2 + [1] * 2


def test_nps_whuber(example):
    given, expected, near = example("nps-whuber")
    counts = nps.Counts(*(share * given["n"] for share in given["p"]))
    assert (counts.net, counts.variance, counts.se) == tuple(
        map(near, [expected["nps"], expected["var"], expected["se"]])
    )


def test_nps_measuringu_pair(example):
    """The publication's figures are recalled; by hand 5/39 + 5/34 = .27526 with ¾, 1½, ¾ added, over
    √(.5355/39 + .6014/34) = .1774 gives z = 1.55, p = .12 as printed."""
    given, expected, near = example("nps-measuringu-pair")
    first, second = (nps.Counts(*given[name][::-1]) for name in ("GTM", "WebEx"))
    apart = nps_comparison.compare(first, second)
    assert first.adjusted.net - second.adjusted.net == near(expected["delta"])
    assert apart.p == near(expected["p"])
    assert apart.z == pytest.approx(1.55, abs=0.005)
    assert apart.difference == pytest.approx(100 * (5 / 36 + 5 / 31))


def test_nps_rounding(example):
    """82/200 − 41/200 = .205: 20.5 points, which a reader rounds to 20 or to 21; nothing is rounded here."""
    given, expected, near = example("nps-rounding")
    assert nps.net_promoter_score(nps.Counts(**given)).nps == near(expected["nps"])
    promoters, detractors = (math.floor(given[one] / 2 + 0.5) for one in ("promoters", "detractors"))
    assert promoters - detractors == expected["from_rounded_shares"]


def test_nps_mover(example):
    """No printed example; the formula's own value, within .0003 of Tango's, which two packages agree on."""
    given, expected, near = example("nps-mover")
    counts = given["Pr"], given["P"], given["D"]
    assert nps_intervals.mover(*counts) == near(expected)
    for other in (nps_intervals.tango, nps_intervals.wald):
        assert nps_intervals.mover(*counts) == pytest.approx(other(*counts), abs=0.001)
    assert nps_intervals.mover(*counts) == pytest.approx(nps_intervals.tango(*counts), abs=0.0003)


def test_nps_tango_cavo(example):
    given, expected, near = example("nps-tango-cavo")
    passives = given["n"] - given["only_first"] - given["only_second"]
    assert nps_intervals.tango(given["only_first"], passives, given["only_second"]) == near(expected)


def test_nps_sample_size(example):
    """1.96²·.66/.01 − 3 = 250.5, so 251 people."""
    given, expected, _ = example("nps-sample-size")
    assert math.ceil(nps_comparison.sample_size(given["moe"], given["var"], given["conf"])) == expected["n"]


def test_multinomial_diff_goodman(example):
    given, expected, near = example("multinomial-diff-goodman")
    first, second = (place - 1 for place in given["pair"])
    bonferroni = goodman_difference(given["counts"], first, second)
    scheffe = goodman_difference(given["counts"], first, second, "scheffe", 0.90)
    assert (bonferroni, scheffe) == (near(expected["bonferroni95"]), near(expected["scheffe90"]))


def test_csat_wilson(example):
    given, expected, near = example("csat-wilson")
    for (count_, n), limits_ in zip(given, expected, strict=True):
        assert proportions.wilson(count_, n) == near(limits_)


def test_csat_newcombe_difference(example):
    """Recalled; the square-and-add of the two Wilson intervals, themselves checked, gives it to four
    places."""
    given, expected, near = example("csat-newcombe-difference")
    assert proportions.newcombe_difference(*given) == near(expected)


def test_scale_0_100(example):
    """(7.9 − 1)/9, (5.2 − 1)/6, (4.1 − 1)/4."""
    given, expected, near = example("scale-0-100")
    for entry, value in zip(given, expected, strict=True):
        assert Scale(entry["lo"], entry["hi"]).to_100(entry["mean"]) == near(value)


def test_sample_size_krejcie_morgan(example):
    given, expected, _ = example("sample-size-krejcie-morgan")
    n0 = proportions.share_sample_size(0.05)
    assert [round(proportions.finite_sample_size(n0, size)) for size in given] == expected


def test_ipa_martilla_james(example):
    """Figures recalled; no attribute lies within .05 of a grand mean on the line that decides its quadrant,
    so that an error of the last digit would not move one."""
    given, expected, _ = example("ipa-martilla-james")
    _, importance, performance = zip(*given, strict=True)
    found = quadrants(importance, performance, centre(importance, performance))
    names = {"A": "concentrate", "B": "keep up", "C": "low priority", "D": "possible overkill"}
    assert found == [
        names[letter] for number in range(1, 15) for letter, members in expected.items() if number in members
    ]


def test_cva_gale_perdue(example):
    """Recalled. Σ w·s is 8.80 and 7.08 by hand; the book's 126.1 adds up ratios rounded to two places."""
    given, expected, near = example("cva-gale-perdue")
    _, weights, own, others = zip(*given, strict=True)
    assert weighted_score(weights, own) == near(expected["perdue"])
    assert weighted_score(weights, others) == near(expected["others"])
    ratio = relative_score(weights, own, others)
    assert ratio == near(expected["market_perceived_quality_ratio"])
    rounded = sum(w * round(a / b, 2) for w, a, b in zip(weights, own, others, strict=True))
    assert rounded == pytest.approx(126.1, abs=0.15)


def test_perceived_value(example):
    given, expected, near = example("perceived-value")
    assert perceived_value(given["worth"], given["price"]) == near(expected)


def test_churn(example):
    """25 of 500 are 5 %, and with three times the spend 15 % of revenue, by definition."""
    given, expected, near = example("churn")
    lost = given["customers_start"] - given["customers_end"]
    result = loyalty.churn(given["customers_start"], lost, given["relative_spend_of_lost"])
    assert (result.absolute, result.relative) == (near(expected["absolute"]), near(expected["relative"]))
    assert np.isnan(loyalty.churn(0, 0).relative)


def test_cost_of_loss(example):
    """300 + (12,000 − 4,500)."""
    given, expected, near = example("cost-of-loss")
    assert loyalty.loss_of_customer(given["Ct"], given["Vk"], given["Vt"]) == near(expected)


def test_downward_migration(example):
    """60/100, 80/80, 75/50; below 1 is flagged, and nothing before gives nothing."""
    given, expected, near = example("downward-migration")
    index = loyalty.downward_migration(given["prev"], given["cur"])
    assert index == near(expected["index"])
    assert (index < 1).tolist() == expected["flag"]
    assert np.isnan(loyalty.downward_migration([0], [5])[0])


def test_clv_margin_multiple(example):
    given, expected, near = example("clv-margin-multiple")
    assert [loyalty.margin_multiple(r, i) for r, i in given] == near(expected)
    assert loyalty.margin_multiple(0.8, 0.1, paid_at_once=True) == pytest.approx(1.1 / 0.3)
    assert loyalty.margin_multiple(1, 0) == float("inf")


def test_behavioural_loyalty_defs(example):
    """A A A B A A A A C A: the longest run is four, eight of ten purchases."""
    given, expected, near = example("behavioural-loyalty-defs")
    result = loyalty.brand_loyalty(given["sequence"], given["brand"])
    assert (result.longest, result.tucker, result.lawrence) == (4, expected["tucker"], expected["lawrence"])
    assert result.share == near(expected["share"])


def test_alpha_bfi_agree(example):
    """The 2,709 answers are not kept here. What psych printed determines enough of their covariance: an
    item's share s² of the total variance follows from its raw and corrected item-total correlations,
    (r − s)² = r_drop² (1 − 2rs + s²). α and the five α-if-deleted are then predictions of figures that were
    not used, and the standardised α one from the mean correlation."""
    _, expected, near = example("alpha-bfi-agree")
    raw, drop = np.array(expected["raw_r"]), np.array(expected["r_drop"])
    s = raw - np.sqrt(raw**2 - (raw**2 - drop**2) / (1 - drop**2))
    covariance = with_row_sums(variances=s**2, sums=raw * s)
    assert item_total(covariance) == near(raw)
    assert corrected_item_total(covariance) == near(drop)
    assert alpha(covariance) == near(expected["alpha"])
    assert alpha_if_deleted(covariance) == near(expected["alpha_drop"])
    correlation = np.full((5, 5), expected["avg_r"])
    np.fill_diagonal(correlation, 1.0)
    assert standardised_alpha(correlation) == near(expected["std_alpha"])


def with_row_sums(variances, sums):
    """A covariance matrix with this diagonal and these row sums: off the diagonal u_i + u_j."""
    k, rest = len(variances), sums - variances
    u = (rest - rest.sum() / (2 * (k - 1))) / (k - 2)
    covariance = u[:, None] + u
    np.fill_diagonal(covariance, variances)
    return covariance


def test_alpha_ci_feldt(example):
    given, expected, near = example("alpha-ci-feldt")
    assert feldt_interval(given["alpha"], given["n"], given["k"]) == near(expected)


def crossed(rows, columns):
    return np.array([(i, j) for i in range(rows) for j in range(columns)])


def test_raking_ipf_wikipedia(example):
    given, expected, near = example("raking-ipf-wikipedia")
    raked = rake(np.ravel(given["seed"]), crossed(4, 4), [given["rows"], given["cols"]])
    assert raked.converged
    assert raked.weights == near(np.ravel(expected["table"]))


def test_raking_ipf_wikipedia_printed(example):
    """The printed table is the third cycle's: not converged, and here it says so."""
    given, expected, near = example("raking-ipf-wikipedia-printed")
    margins = [given["rows"], given["cols"]]
    raked = rake(np.ravel(given["seed"]), crossed(4, 4), margins, cycles=given["full_cycles"])
    assert (raked.converged, raked.iterations) == (False, 3)
    assert raked.weights == near(np.ravel(expected["table"]))


def test_raking_survey_api(example):
    """Cells and their means; enrolment is not among the inputs, so its total is not compared."""
    given, expected, near = example("raking-survey-api")
    cells = [
        (
            kind,
            wide,
            given["cells"][f"{kind[1]}_{wide[1]}"],
            given["cell_means_api00"][f"{kind[1]}_{wide[1]}"],
        )
        for kind in enumerate("EHM")
        for wide in enumerate(["No", "Yes"])
    ]
    codes = np.array([(kind[0], wide[0]) for kind, wide, times, _ in cells for _ in range(times)])
    answers = np.array([mean for *_, times, mean in cells for _ in range(times)])
    margins = [list(given["stype"].values()), list(given["schwide"].values())]
    weights = rake(np.full(len(codes), given["base_weight"]), codes, margins).weights
    assert weighted_mean(answers, weights, codes).mean == near(expected["mean_api00"])
    assert (weights.min(), weights.max()) == (near(expected["wmin"]), near(expected["wmax"]))
    assert design_effect(weights) == near(expected["kish_deff"])
    assert effective_n(weights) == near(expected["n_eff"])
    of = {(kind[1], wide[1]): place for place, (kind, wide, *_) in enumerate(cells)}
    start = np.cumsum([0, *(times for *_, times, _ in cells)])
    assert weights[start[of["E", "Yes"]]] == near(expected["w_E_Yes"])
    assert weights[start[of["M", "No"]]] == near(expected["w_M_No"])


def test_srs_mean_fpc(example):
    """Two hundred answers made to have the printed mean and standard deviation."""
    given, expected, near = example("srs-mean-fpc")
    shape = np.tile([-1.0, 1.0], given["n"] // 2)
    answers = given["mean"] + given["sd"] * shape / shape.std(ddof=1)
    result = weighted_mean(answers, np.ones(given["n"]), population=given["N"])
    assert (result.mean, result.se) == (near(expected["mean"]), near(expected["se"]))
    reach = proportions.critical() * result.se
    assert (result.mean - reach, result.mean + reach) == near(expected["ci95"])


def test_kish_simple(example):
    """Σw = 12 and Σw² = 4 + 8 + 16 = 28, so 7·28/144 = 1.3611 and 144/28 = 5.1429."""
    given, expected, near = example("kish-simple")
    assert (design_effect(given), effective_n(given)) == (near(expected["deff"]), near(expected["n_eff"]))
    assert design_effect(given) == pytest.approx(1 + np.var(given) / np.mean(given) ** 2)


def test_bh_1995(example):
    given, expected, _ = example("bh-1995")
    assert rejected(given, 0.05).sum() == expected["bh"]
    assert (np.array(given) <= 0.05 / len(given)).sum() == expected["bonferroni"]
    assert adjusted_p(given)[:5] == pytest.approx([0.0015, 0.003, 0.0095, 0.035625, 0.0603])


def test_longstring_testdata(example):
    """The file's rows: 10, 20 .. 90 ones and then 0 and 1 in turn; the last in runs of ten."""
    given, expected, _ = example("longstring-testdata")
    rows = [[1] * run + [0, 1] * ((given["cols"] - run) // 2) for run in range(10, 100, 10)]
    rows.append(([1] * 10 + [0] * 10) * 5)
    assert longstring(rows).tolist() == expected


def test_xmr_nist(example):
    given, expected, near = example("xmr-nist")
    chart = limits(given)
    assert (chart.centre, chart.moving_range) == (near(expected["mean"]), near(expected["mrbar"]))
    assert (chart.low, chart.high) == (near(expected["lcl"]), near(expected["ucl"]))
    assert chart.range_high == pytest.approx(6.1347, abs=5.1e-5)


def test_rolling_4q(example):
    """Σn·x̄/Σn by hand: 76,412/1,000; SE² = Σ n s²/1,000²."""
    given, expected, near = example("rolling-4q")
    series = periods(given["n"], given["mean"], given["sd"])
    first, second = window(series, 3), window(series, 4)
    assert (first.mean, second.mean) == (near(expected["window1"]), near(expected["window2"]))
    assert first.se == near(expected["se1"])
    assert change(series, 3, 4).difference == near(expected["window2"] - expected["window1"])


def test_kano_counts_of_nobody():
    assert sum(count(classify([], [])).values()) == 0
