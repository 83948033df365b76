from surveys.models.accounts import Attempt, Member, MemberInvitation, Organisation, User
from surveys.models.response import ImportBatch, Response
from surveys.models.survey import Period, Survey, Version

__all__ = [
    "Attempt",
    "ImportBatch",
    "Member",
    "MemberInvitation",
    "Organisation",
    "Period",
    "Response",
    "Survey",
    "User",
    "Version",
]
