from surveys.models.accounts import Attempt, Member, MemberInvitation, Organisation, User
from surveys.models.alert import Alert, AlertMail, AlertRule
from surveys.models.block import AnswerAudit, AnswerBlock, AnswerGroups, AnswerSums
from surveys.models.channel import Channel
from surveys.models.contact import Contact, ContactImport, MailRules, OptOut
from surveys.models.export import Export
from surveys.models.follow_up import FollowUp, FollowUpNote
from surveys.models.invitation import Invitation
from surveys.models.mailing import Mailing, Recipient
from surveys.models.own_instrument import OwnInstrument
from surveys.models.quota import Quota, QuotaPlace, TurnedAway
from surveys.models.response import Exclusion, ImportBatch, Response, TextAnswer, Withdrawal
from surveys.models.survey import Period, Survey
from surveys.models.tokens import ApiToken
from surveys.models.version import Use, Version
from surveys.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "Alert",
    "AlertMail",
    "AlertRule",
    "AnswerAudit",
    "AnswerBlock",
    "AnswerGroups",
    "AnswerSums",
    "ApiToken",
    "Attempt",
    "Channel",
    "Contact",
    "ContactImport",
    "Exclusion",
    "Export",
    "FollowUp",
    "FollowUpNote",
    "ImportBatch",
    "Invitation",
    "MailRules",
    "Mailing",
    "Member",
    "MemberInvitation",
    "OptOut",
    "Organisation",
    "OwnInstrument",
    "Period",
    "Quota",
    "QuotaPlace",
    "Recipient",
    "Response",
    "Survey",
    "TextAnswer",
    "TurnedAway",
    "Use",
    "User",
    "Version",
    "Webhook",
    "WebhookDelivery",
    "Withdrawal",
]
