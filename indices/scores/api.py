"""What the API tells of a result of scores beyond its figures."""

from typing import Any

from rest_framework import serializers

from indices.disclosing.told_results import result_told
from indices.models import Estimate, FiguresBy
from indices.scores.readings import GROUPS, Standing, readings
from indices.scores.tables import shown_result


class GroupSerializer(serializers.Serializer[Any]):
    """Promoters, passives or detractors among `n` answers."""

    group = serializers.ChoiceField(GROUPS)
    count = serializers.IntegerField(
        allow_null=True, help_text="null where it would tell what a small group answered"
    )
    share = serializers.FloatField(help_text="in percent, with Wilson's interval")
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class FeatureSerializer(serializers.Serializer[Any]):
    """How sure the class of one of Kano's features is, beside Fong's test."""

    feature = serializers.CharField()
    near_tie = serializers.ListField(
        child=serializers.CharField(max_length=1),
        help_text="the two largest of the classes M, O, A, I, R, Q where at most 5 percentage points lie "
        "between them; else empty",
    )
    apart = serializers.FloatField(help_text="percentage points between the two largest classes")
    blauth = serializers.CharField(max_length=1, help_text="the class by Blauth's rule")
    rules_agree = serializers.BooleanField(help_text="false where Blauth's rule gives another class")
    mixed = serializers.BooleanField(help_text="category strength below 0.06")
    weak = serializers.BooleanField(help_text="total strength below 0.6")


class ReadingsSerializer(serializers.Serializer[Any]):
    """What follows from a result by itself; each where the instrument's kind has it."""

    groups = GroupSerializer(many=True, required=False, help_text="of a net promoter score")
    zones = serializers.DictField(
        child=serializers.ChoiceField(Standing.choices),
        required=False,
        help_text="where what is perceived lies to the zone of tolerance, by dimension and statement",
    )
    features = FeatureSerializer(many=True, required=False, help_text="of Kano's method")


def readings_of(estimate: Estimate) -> dict[str, Any]:
    """Of what may be shown of the result; empty for indices, and where too few answered."""
    least = estimate.run.survey.least_told
    if estimate.estimator != FiguresBy.SCORE or estimate.n_used < least:
        return {}
    return readings(shown_result(result_told(estimate), least))
