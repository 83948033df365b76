"""What an id in an address looks like: anything else is no address of ours."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class PublicIdConverter(StringConverter):
    """A public id as `surveys.models.fields.public_id` makes them; no NUL ever reaches the database."""

    regex = r"[A-Za-z0-9_-]{22}"


register_converter(PublicIdConverter, "id")
