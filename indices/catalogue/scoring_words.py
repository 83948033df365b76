"""How each kind of instrument is scored, in plain words, and where that was published."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.instrument import Instrument

KINDS: Mapping[str, Any] = {
    "structural": gettext_lazy("Satisfaction index model"),
    "servqual": gettext_lazy("Service quality: expectation and perception"),
    "servqual_zone": gettext_lazy("Service quality: zone of tolerance"),
    "servperf": gettext_lazy("Service quality: perception alone"),
    "kano": gettext_lazy("Features, by Kano's method"),
    "nps": gettext_lazy("One question: recommending"),
    "csat": gettext_lazy("One question: satisfaction"),
    "ces": gettext_lazy("One question: effort"),
}
# The families in which the catalogue is shown.
FAMILIES: Mapping[Any, tuple[str, ...]] = {
    gettext_lazy("Satisfaction index models"): ("structural",),
    gettext_lazy("Service quality"): ("servqual", "servqual_zone", "servperf"),
    gettext_lazy("Features"): ("kano",),
    gettext_lazy("One question"): ("nps", "csat", "ces"),
}

_SHARED_POINTS = gettext_lazy(
    "Where respondents share 100 points among the dimensions, each respondent's dimensions are weighted by "
    "their points first and then averaged over respondents. Unweighted, the score is the mean of the five "
    "dimensions, not of the 22 statements."
)
_EXPLAINED: Mapping[str, tuple[Any, ...]] = {
    "structural": (
        gettext_lazy(
            "Every answer is put on 0 to 100 by the ends of its own scale, turned round where high answers "
            "are bad. The index of a construct is the weighted mean of its items; the weights sum to 1."
        ),
        gettext_lazy(
            "Weights and paths are estimated twice. Maximum likelihood fits the whole model to the "
            "covariances of the answers; an item weighs its loading divided by its residual variance. "
            "Partial least squares (mode A, path weighting), as ACSI and ECSI are officially estimated, "
            "takes the weights whose scores explain each other best."
        ),
        gettext_lazy(
            # xgettext:no-python-format
            "A survey chooses which of the two is shown first. Every index has a 95 % interval, and a "
            "report says where the two differ by more than their intervals allow."
        ),
        gettext_lazy(
            "What drives satisfaction is read from maximum likelihood where it can tell the drivers apart, "
            "otherwise from partial least squares."
        ),
    ),
    "servqual": (
        gettext_lazy(
            "The gap of a statement is its perception less its expectation, from −6 to 6; only respondents "
            "who answered both count. A respondent's gap of a dimension is the mean of its statements."
        ),
        _SHARED_POINTS,
    ),
    "servqual_zone": (
        gettext_lazy(
            "Every statement is rated three times. Perceived less lowest acceptable says by how much the "
            "service is adequate; perceived less desired, by how much it is superior."
        ),
        gettext_lazy(
            "The zone of tolerance lies between the lowest acceptable and the desired level. The share of "
            "answers within it is shown for every dimension and statement; answers that accept no less than "
            "they desire are counted and said."
        ),
    ),
    "servperf": (
        gettext_lazy(
            # xgettext:no-python-format
            "The mean of the perceptions on 1 to 7, by statement, by dimension and over all, each with its "
            "95 % interval and the number of answers."
        ),
        _SHARED_POINTS,
    ),
    "kano": (
        gettext_lazy(
            "The answers to the two questions about a feature, with it and without it, together give one "
            "of six classes by Berger's table: must-be, one-dimensional, attractive, indifferent, reverse, "
            "questionable."
        ),
        gettext_lazy(
            "A feature gets the class that most respondents give it. Where others come as close as the "
            "near-tie that is set, the first of must-be, one-dimensional, attractive, indifferent is taken. "
            "By Blauth's rule instead, the largest of must-be, one-dimensional and attractive is taken if "
            "those three together outnumber the rest, otherwise the largest of the rest."
        ),
        gettext_lazy(
            "Fong's test says whether the class is clear. “Better” is how much a feature adds to "
            "satisfaction when it is there, “worse” how much it takes away when it is not, each with its "
            "interval (Wilson); reverse and questionable answers count for neither."
        ),
    ),
    "nps": (
        gettext_lazy(
            "Promoters answer 9 or 10, passives 7 or 8, detractors 0 to 6. The score is the share of "
            "promoters less that of detractors, from −100 to 100; it is rounded once, at the end."
        ),
        gettext_lazy(
            # xgettext:no-python-format
            "Its 95 % interval is the adjusted Wald interval: ¾ promoter, 1½ passives and ¾ detractor are "
            "added for the interval, never for the score."
        ),
    ),
}
_BOX = gettext_lazy(
    "The score is the share of respondents who answer %(low)d to %(high)d on the scale from %(first)d to "
    "%(last)d, with Wilson's 95 %% interval. The box is always named beside it."
)
_MEAN_APART = gettext_lazy("The mean of the answers is another figure, never called by the same name.")
_MEAN_BESIDE = gettext_lazy(
    "The mean on the scale is shown beside it. This is the second version of the score."
)

SOURCES: Mapping[str, tuple[str, ...]] = {
    "structural": (
        "Fornell, Johnson, Anderson, Cha & Bryant (1996), Journal of Marketing 60(4), 7-18",
        "Tenenhaus, Esposito Vinzi, Chatelin & Lauro (2005), Computational Statistics & Data Analysis 48, "
        "159-205",
    ),
    "servqual": (
        "Parasuraman, Zeithaml & Berry (1988), Journal of Retailing 64(1), 12-40",
        "Parasuraman, Berry & Zeithaml (1991), Journal of Retailing 67(4), 420-450",
    ),
    "servqual_zone": ("Parasuraman, Zeithaml & Berry (1994), Journal of Retailing 70(3), 201-230",),
    "servperf": ("Cronin & Taylor (1992), Journal of Marketing 56(3), 55-68",),
    "kano": (
        "Berger et al. (1993), Center for Quality Management Journal 2(4), 3-36",
        "Lee & Newcomb (1997), Quality Management Journal 4(3), 95-110",
        "Fong (1996), Center for Quality Management Journal 5, 21-23",
    ),
    "nps": (
        "Reichheld (2003), Harvard Business Review 81(12), 46-54",
        "Rocks (2016), The American Statistician 70(4), 365-372",
    ),
    "csat": ("Farris, Bendle, Pfeifer & Reibstein (2010), Marketing Metrics, chapter 2",),
    "ces": (
        "CEB (2013), Customer Effort Score v2.0",
        "Dixon, Toman & DeLisi (2013), The Effortless Experience",
    ),
}


def explained(instrument: Instrument) -> list[str]:
    """Sentences on how the answers to this instrument become figures."""
    if instrument.box is None:
        return [str(one) for one in _EXPLAINED[instrument.kind]]
    points = instrument.items[0].scale.points
    low, high = instrument.box
    box = str(_BOX) % {"low": low, "high": high, "first": points[0], "last": points[-1]}
    return [box, str(_MEAN_BESIDE if instrument.kind == "ces" else _MEAN_APART)]


def kind_name(instrument: Instrument) -> str:
    return str(KINDS.get(instrument.kind, _("Instrument")))
