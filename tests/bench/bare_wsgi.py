"""The service with the bare view beside it, under the same server and middleware."""

from django.conf import settings

from deploy.wsgi import application as application

settings.ROOT_URLCONF = "tests.bench.bare"
