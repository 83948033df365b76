"""Addresses of the API."""

from django.urls import URLPattern, path

from surveys import converters  # noqa: F401  registers <id:...>
from surveys.api import (
    alert_rules,
    bearer_scheme,  # noqa: F401  describes tokens in the API's schema
    channels,
    comments,
    contacts,
    exports,
    follow_up,
    instruments,
    links,
    mailings,
    organisations,
    publishing,
    questionnaires,
    quotas,
    responses,
    surveys,
    webhooks,
    weighting,
)

ORGANISATION = "api/v1/organisations/<slug:organisation>/"
SURVEYS = ORGANISATION + "surveys/"
SURVEY = SURVEYS + "<id:survey>/"
QUESTIONNAIRE = "api/v1/questionnaires/<id:survey>/"

urlpatterns: list[URLPattern] = [
    path(ORGANISATION, organisations.OrganisationDetail.as_view(), name="api-organisation"),
    path(SURVEYS, surveys.SurveyList.as_view(), name="api-surveys"),
    path(SURVEY, surveys.SurveyDetail.as_view(), name="api-survey"),
    path(SURVEY + "periods/", surveys.PeriodList.as_view(), name="api-periods"),
    path(SURVEY + "weighting/", weighting.Weighting.as_view(), name="api-weighting"),
    path(SURVEY + "publish/", publishing.Publish.as_view(), name="api-publish"),
    path(SURVEY + "versions/", publishing.VersionList.as_view(), name="api-versions"),
    path(SURVEY + "state/", publishing.State.as_view(), name="api-state"),
    path(SURVEY + "responses/", responses.Responses.as_view(), name="api-responses"),
    path(SURVEY + "responses/<slug:response_id>/", responses.ResponseDetail.as_view(), name="api-response"),
    path(SURVEY + "comments/", comments.Comments.as_view(), name="api-comments"),
    path(
        SURVEY + "comments/<id:comment>/follow-up/",
        comments.CommentFollowUp.as_view(),
        name="api-comment-follow-up",
    ),
    path(SURVEY + "follow-ups/<id:follow_up>/", follow_up.FollowUpDetail.as_view(), name="api-follow-up"),
    path(
        SURVEY + "follow-ups/<id:follow_up>/notes/",
        follow_up.FollowUpNotes.as_view(),
        name="api-follow-up-notes",
    ),
    path(SURVEY + "alerts/", follow_up.Alerts.as_view(), name="api-alerts"),
    path(SURVEY + "alert-rules/", alert_rules.AlertRules.as_view(), name="api-alert-rules"),
    path(SURVEY + "alert-rules/<id:rule>/", alert_rules.AlertRuleDetail.as_view(), name="api-alert-rule"),
    path(SURVEY + "webhooks/", webhooks.Webhooks.as_view(), name="api-webhooks"),
    path(SURVEY + "webhooks/<id:webhook>/", webhooks.WebhookDetail.as_view(), name="api-webhook"),
    path(
        SURVEY + "webhooks/<id:webhook>/secret/", webhooks.WebhookSecret.as_view(), name="api-webhook-secret"
    ),
    path(SURVEY + "webhooks/<id:webhook>/test/", webhooks.WebhookTest.as_view(), name="api-webhook-test"),
    path(SURVEY + "webhooks/<id:webhook>/again/", webhooks.WebhookAgain.as_view(), name="api-webhook-again"),
    path(SURVEY + "exports/", exports.ExportList.as_view(), name="api-exports"),
    path(SURVEY + "exports/<id:export>/", exports.ExportDetail.as_view(), name="api-export"),
    path(SURVEY + "exports/<id:export>/file/", exports.ExportFile.as_view(), name="api-export-file"),
    path(SURVEY + "exports/<id:export>/cancel/", exports.ExportCancel.as_view(), name="api-export-cancel"),
    path(SURVEY + "channels/", channels.Channels.as_view(), name="api-channels"),
    path(SURVEY + "channels/<id:channel>/", channels.ChannelDetail.as_view(), name="api-channel"),
    path(SURVEY + "frame-origins/", channels.FrameOrigins.as_view(), name="api-frame-origins"),
    path(SURVEY + "quotas/", quotas.Quotas.as_view(), name="api-quotas"),
    path(SURVEY + "quotas/<id:quota>/", quotas.QuotaDetail.as_view(), name="api-quota"),
    path(SURVEY + "links/", links.Links.as_view(), name="api-links"),
    path(SURVEY + "invitations/", mailings.MailingList.as_view(), name="api-mailings"),
    path(SURVEY + "invitations/test/", mailings.MailingTrial.as_view(), name="api-mailing-trial"),
    path(SURVEY + "invitations/<id:mailing>/", mailings.MailingDetail.as_view(), name="api-mailing"),
    path(ORGANISATION + "mail-rules/", mailings.MailRulesDetail.as_view(), name="api-mail-rules"),
    path(ORGANISATION + "contacts/", contacts.Contacts.as_view(), name="api-contacts"),
    path(ORGANISATION + "contacts/<id:contact>/", contacts.ContactDetail.as_view(), name="api-contact"),
    path(
        ORGANISATION + "contacts/<id:contact>/opt-out/",
        contacts.ContactOptOut.as_view(),
        name="api-contact-opt-out",
    ),
    path(
        ORGANISATION + "contacts/<id:contact>/bounce/",
        contacts.ContactBounce.as_view(),
        name="api-contact-bounce",
    ),
    path(ORGANISATION + "instruments/", instruments.InstrumentList.as_view(), name="api-instruments"),
    path(
        ORGANISATION + "instruments/<slug:instrument>/",
        instruments.InstrumentDetail.as_view(),
        name="api-instrument",
    ),
    path(QUESTIONNAIRE, questionnaires.Questionnaire.as_view(), name="api-questionnaire"),
    path(QUESTIONNAIRE + "responses/", questionnaires.HandIn.as_view(), name="api-hand-in"),
]
