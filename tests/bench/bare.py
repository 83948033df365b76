"""The least a Django view can do with an answer: one INSERT. What the public endpoint is measured against."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from deploy.urls import urlpatterns as ours


@csrf_exempt
def insert(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare (answers) VALUES (%s)", [request.body.decode()])
    return HttpResponse("thanks")


urlpatterns = [path("bare/", insert), *ours]
