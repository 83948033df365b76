"""The tables of the report that a page shows, to be taken along."""

from typing import Any

from django import template
from django.template import RequestContext

from indices.report.shown import told
from indices.report_tables.gathered import tables
from indices.report_tables.table import Table

register = template.Library()


@register.simple_tag(takes_context=True)
def tables_of(context: RequestContext) -> list[Table]:
    """None where the page shows no figures."""
    page: Any = context.flatten()
    shown = told(page)
    return tables(shown) if shown else []
