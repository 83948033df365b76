"""The exports a member may see and fetch: what they asked for themselves, as long as they may edit."""

from django.db.models import QuerySet

from surveys.models import Export, Member, Survey

MOST_LISTED = 50


def own_exports(member: Member, survey: Survey) -> QuerySet[Export]:
    """Newest first. The role is checked by whoever answers the request, each time."""
    rows = survey.exports.filter(requested_by=member.user).select_related("survey__organisation")
    return rows.order_by("-pk")
