"""Addresses of accounts, surveys and the public questionnaire."""

from django.urls import URLPattern, path

from surveys import converters  # noqa: F401  registers <id:...>
from surveys.api import urls as api
from surveys.views import (
    accounts,
    alerts,
    authoring,
    exports,
    fieldwork,
    follow_up,
    imports,
    links,
    members,
    preview,
    respond,
    responses,
    surveys,
    tokens,
    weighting,
    withdraw,
    words,
)

ORGANISATION = "o/<slug:organisation>/"
SURVEY = ORGANISATION + "surveys/<id:survey>/"
QUESTIONS = SURVEY + "questions/"
PART = QUESTIONS + "<slug:part>/"  # a part's key holds a hyphen, so that it is none of the words beside it
QUESTION = PART + "questions/<slug:question>/"

urlpatterns: list[URLPattern] = [
    path("", accounts.start, name="start"),
    path("s/<id:survey>/", respond.respond, name="respond"),
    path("s/<id:survey>/save/", respond.save, name="respond-save"),
    path("withdraw/", withdraw.withdraw, name="withdraw"),
    path("sign-in/", accounts.SignIn.as_view(), name="sign-in"),
    path("sign-out/", accounts.sign_out, name="sign-out"),
    path("password/", accounts.reset, name="reset"),
    path("password/<uidb64>/<token>/", accounts.ResetConfirm.as_view(), name="reset-confirm"),
    path("account/", accounts.account, name="account"),
    path("join/<str:token>/", accounts.join, name="join"),
    path("first/<str:token>/", accounts.first, name="first"),
    path(ORGANISATION + "settings/", members.organisation, name="organisation"),
    path(ORGANISATION + "members/", members.members, name="members"),
    path(ORGANISATION + "members/invite/", members.invite, name="member-invite"),
    path(ORGANISATION + "members/invitations/<id:invitation>/", members.withdraw, name="member-withdraw"),
    path(ORGANISATION + "members/<id:changed>/", members.change, name="member-change"),
    path(ORGANISATION + "tokens/", tokens.tokens, name="tokens"),
    path(ORGANISATION + "tokens/<id:api_token>/revoke/", tokens.revoke, name="token-revoke"),
    path(ORGANISATION + "surveys/new/", surveys.survey_new, name="survey-new"),
    path(SURVEY, surveys.survey_page, name="survey"),
    path(SURVEY + "edit/", surveys.survey_edit, name="survey-edit"),
    path(SURVEY + "weighting/", weighting.survey_weighting, name="weighting"),
    path(QUESTIONS, authoring.questions, name="questions"),
    path(QUESTIONS + "add/", authoring.part_add, name="part-add"),
    path(QUESTIONS + "arrange/", authoring.arrange, name="part-arrange"),
    path(PART, authoring.part, name="part"),
    path(PART + "condition/", authoring.part_condition, name="part-condition"),
    path(PART + "new/", authoring.question_add, name="question-add"),
    path(QUESTION, authoring.question, name="question"),
    path(QUESTION + "condition/", authoring.question_condition, name="question-condition"),
    path(SURVEY + "preview/", preview.preview, name="preview"),
    path(SURVEY + "publish/", surveys.survey_publish, name="survey-publish"),
    path(SURVEY + "state/", surveys.survey_state, name="survey-state"),
    path(SURVEY + "waves/", surveys.wave_add, name="wave-add"),
    path(SURVEY + "fieldwork/", fieldwork.fieldwork, name="fieldwork"),
    path(SURVEY + "links/", links.links, name="links"),
    path(SURVEY + "links/withdraw/", links.withdraw, name="links-withdraw"),
    path(SURVEY + "responses/", responses.responses, name="responses"),
    path(SURVEY + "responses/exclude/", responses.responses_exclude, name="responses-exclude"),
    path(SURVEY + "responses/<str:response>/", responses.response, name="response"),
    path(SURVEY + "words/", words.words, name="words"),
    path(SURVEY + "words/<id:comment>/", words.comment_follow_up, name="comment-follow-up"),
    path(SURVEY + "follow-up/<id:follow_up>/", follow_up.follow_up, name="follow-up"),
    path(SURVEY + "alerts/", alerts.alerts, name="alerts"),
    path(SURVEY + "alerts/rules/", alerts.alert_rules, name="alert-rules"),
    path(SURVEY + "alerts/rules/<id:rule>/", alerts.alert_rule, name="alert-rule"),
    path(SURVEY + "alerts/webhooks/", alerts.webhook_add, name="webhook-add"),
    path(SURVEY + "alerts/webhooks/<id:webhook>/", alerts.webhook, name="webhook"),
    path(SURVEY + "exports/", exports.exports, name="exports"),
    path(SURVEY + "exports/<id:export>/", exports.export_file, name="export-file"),
    path(SURVEY + "exports/<id:export>/cancel/", exports.export_cancel, name="export-cancel"),
    path(SURVEY + "import/", imports.import_new, name="import-new"),
    path(SURVEY + "import/<id:batch>/", imports.import_review, name="import-review"),
    *api.urlpatterns,
]
