from indices.digests.models import Digest  # a part of this app of its own
from indices.models.comparison import (
    Against,
    Change,
    ChangeTest,
    Comparison,
    SegmentComparability,
    SegmentDifference,
    Verdict,
)
from indices.models.driver_lines import DriverLines, MapLevel
from indices.models.figures import Estimate, FiguresBy, Index, Score, ScoreKind, StoredMoments
from indices.models.run import Run, RunStatus, Stage, Trigger
from indices.models.series import ControlChart, SurveyNote, SurveyTarget
from indices.sharing.models import ShareLink  # likewise

__all__ = [
    "Against",
    "Change",
    "ChangeTest",
    "Comparison",
    "ControlChart",
    "Digest",
    "DriverLines",
    "Estimate",
    "FiguresBy",
    "Index",
    "MapLevel",
    "Run",
    "RunStatus",
    "Score",
    "ScoreKind",
    "SegmentComparability",
    "SegmentDifference",
    "ShareLink",
    "Stage",
    "StoredMoments",
    "SurveyNote",
    "SurveyTarget",
    "Trigger",
    "Verdict",
]
