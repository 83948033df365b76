"""What pages ask about the comments of a survey."""

from django import template

from surveys.words.scores import asks_openly

register = template.Library()
register.filter("asks_openly", asks_openly)
