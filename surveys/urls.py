"""Addresses of accounts, surveys and the public questionnaire."""

from django.urls import URLPattern, path

from surveys import converters  # noqa: F401  registers <id:...>
from surveys.views import accounts, imports, members, respond, surveys

ORGANISATION = "o/<slug:organisation>/"
SURVEY = ORGANISATION + "surveys/<id:survey>/"

urlpatterns: list[URLPattern] = [
    path("", accounts.start, name="start"),
    path("s/<id:survey>/", respond.respond, name="respond"),
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
    path(ORGANISATION + "surveys/new/", surveys.survey_new, name="survey-new"),
    path(SURVEY, surveys.survey_page, name="survey"),
    path(SURVEY + "edit/", surveys.survey_edit, name="survey-edit"),
    path(SURVEY + "publish/", surveys.survey_publish, name="survey-publish"),
    path(SURVEY + "state/", surveys.survey_state, name="survey-state"),
    path(SURVEY + "waves/", surveys.wave_add, name="wave-add"),
    path(SURVEY + "import/", imports.import_new, name="import-new"),
    path(SURVEY + "import/<id:batch>/", imports.import_review, name="import-review"),
]
