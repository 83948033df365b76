"""Addresses of reports and of the API."""

from django.urls import URLPattern, path

from indices import api, views
from surveys import converters  # noqa: F401  registers <id:...>

ORGANISATION = "o/<slug:organisation>/"
SURVEY = ORGANISATION + "surveys/<id:survey>/"
API = "api/v1/organisations/<slug:organisation>/surveys/"

urlpatterns: list[URLPattern] = [
    path(ORGANISATION, views.home, name="home"),
    path(SURVEY + "report/", views.report, name="report"),
    path(SURVEY + "report/run/", views.request_run, name="run-request"),
    path(API, api.SurveyList.as_view(), name="api-surveys"),
    path(API + "<id:survey>/periods/", api.PeriodList.as_view(), name="api-periods"),
    path(API + "<id:survey>/runs/", api.RunList.as_view(), name="api-runs"),
]
