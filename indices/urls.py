"""Addresses of reports and of the API."""

from django.urls import URLPattern, path

from indices import api
from indices.catalogue import pages as instruments
from indices.comparing import views as compare_views
from indices.digests import views as digests
from indices.home import api as home_api
from indices.home import page
from indices.report import api as report_api
from indices.report import notes, take_along, take_along_api, views
from indices.runs import api as run_api
from indices.runs import views as run_views
from indices.sharing import api as sharing_api
from indices.sharing import page as shared
from indices.sharing import views as sharing
from surveys import converters  # noqa: F401  registers <id:...>

ORGANISATION = "o/<slug:organisation>/"
SURVEY = ORGANISATION + "surveys/<id:survey>/"
RUN = SURVEY + "report/runs/<id:run>/"
INSTRUMENT = ORGANISATION + "instruments/<slug:instrument>/"
API = "api/v1/organisations/<slug:organisation>/surveys/<id:survey>/"

urlpatterns: list[URLPattern] = [
    path(ORGANISATION, page.home, name="home"),
    path(SURVEY + "report/", views.report, name="report"),
    path(SURVEY + "report/run/", views.request_run, name="run-request"),
    path(SURVEY + "report/cancel/", run_views.cancel_runs, name="runs-cancel"),
    path(RUN + "cancel/", run_views.cancel_run, name="run-cancel"),
    path(RUN + "folder/", run_views.run_folder, name="run-folder"),
    path(SURVEY + "report/pdf/", take_along.report_pdf, name="report-pdf"),
    path(SURVEY + "report/workbook/", take_along.report_workbook, name="report-workbook"),
    path(SURVEY + "report/tables/<slug:table>.csv", take_along.report_table, name="report-table"),
    path(SURVEY + "report/close/", views.close_period, name="period-close"),
    path(SURVEY + "report/release/", views.release_period, name="period-release"),
    path(SURVEY + "report/notes/", notes.note_add, name="note-add"),
    path(SURVEY + "report/notes/<id:note>/remove/", notes.note_remove, name="note-remove"),
    path(SURVEY + "report/targets/", notes.target_set, name="target-set"),
    path(SURVEY + "report/lines/", compare_views.driver_lines_set, name="driver-lines-set"),
    path(SURVEY + "compare/", compare_views.compare, name="compare"),
    path(SURVEY + "report/links/", sharing.share_links, name="share-links"),
    path(
        SURVEY + "report/links/<id:share_link>/revoke/", sharing.share_link_revoke, name="share-link-revoke"
    ),
    path("r/<str:token>/", shared.shared_report, name="shared-report"),
    path(ORGANISATION + "digest/", digests.digest, name="digest"),
    path("digest/<str:token>/", digests.no_more, name="digest-off"),
    path(ORGANISATION + "instruments/", instruments.instruments, name="instruments"),
    # A hyphen, which no instrument's code has: these addresses take none of theirs.
    path(ORGANISATION + "instruments/from-file/", instruments.instrument_new, name="instrument-new"),
    path(ORGANISATION + "instruments/from-model/", instruments.instrument_model, name="instrument-model"),
    path(INSTRUMENT, instruments.instrument_page, name="instrument"),
    path(INSTRUMENT + "file/", instruments.instrument_file, name="instrument-file"),
    path(INSTRUMENT + "remove/", instruments.instrument_remove, name="instrument-remove"),
    path("api/v1/organisations/<slug:organisation>/home/", home_api.Home.as_view(), name="api-home"),
    path(API + "runs/", api.RunList.as_view(), name="api-runs"),
    path(API + "report/pdf/", take_along_api.ReportPdf.as_view(), name="api-report-pdf"),
    path(API + "report/workbook/", take_along_api.ReportWorkbook.as_view(), name="api-report-workbook"),
    path(API + "report/tables/", take_along_api.ReportTables.as_view(), name="api-report-tables"),
    path(
        API + "report/tables/<slug:table>.csv", take_along_api.ReportTable.as_view(), name="api-report-table"
    ),
    path(API + "runs/cancel/", run_api.RunsCancel.as_view(), name="api-runs-cancel"),
    path(API + "runs/<id:run>/cancel/", run_api.RunCancel.as_view(), name="api-run-cancel"),
    path(API + "runs/<id:run>/drivers/", report_api.DriverMap.as_view(), name="api-run-drivers"),
    path(API + "runs/<id:run>/expected/", report_api.ExpectedChanges.as_view(), name="api-run-expected"),
    path(API + "runs/<id:run>/rankings/", report_api.Rankings.as_view(), name="api-run-rankings"),
    path(API + "runs/<id:run>/against/<id:other>/", report_api.Against.as_view(), name="api-run-against"),
    path(API + "share-links/", sharing_api.ShareLinkList.as_view(), name="api-share-links"),
    path(
        API + "share-links/<id:share_link>/revoke/",
        sharing_api.ShareLinkRevoke.as_view(),
        name="api-share-link-revoke",
    ),
    path(API + "runs/<id:run>/folder/", run_api.RunFolder.as_view(), name="api-run-folder"),
]
