"""Every address of the service."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from deploy import health

handler404 = "deploy.refusals.not_found"
urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("indices.urls")),
    path("", include("surveys.urls")),
]
