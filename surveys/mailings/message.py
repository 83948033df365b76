"""One mail to one contact: text and HTML, in the contact's language, with a way out of it."""

from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from surveys.contacts.opting_out import token_of
from surveys.mailings import wording
from surveys.mailings.links import link_of
from surveys.mailings.rating import Scale, scale
from surveys.models import Contact, Mailing, Recipient, Survey


def language_of(mailing: Mailing, language: str) -> str:
    """A contact's language, where the mailing is written in it; else its first."""
    return language if language in mailing.texts else next(iter(mailing.texts))


def message(recipient: Recipient, contact: Contact) -> EmailMultiAlternatives:
    """The next mail. Its Message-ID is the same at every try, so that a server may drop one that comes
    twice."""
    mailing, survey = recipient.mailing, recipient.mailing.survey
    mailing = mailing.reminder() if recipient.mails else mailing
    language = language_of(mailing, contact.language)
    token = token_of(survey.organisation_id, contact.address_digest, recipient.public_id)
    out = settings.PUBLIC_URL + reverse("opt-out", args=[token])
    host = urlsplit(settings.PUBLIC_URL).hostname
    headers = {
        "Message-ID": f"<{recipient.public_id}.{recipient.mails}@{host}>",
        "List-Unsubscribe": f"<{out}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    link = link_of(recipient, language)
    values = _values(survey, language, contact.name, link, f"{out}?language={language}")
    rating = scale(survey, mailing.rating, language, link)
    return written(mailing, language, values, contact.email, headers, rating)


def trial_message(mailing: Mailing, language: str, name: str, to: str) -> EmailMultiAlternatives:
    """What a contact would get, with addresses that open pages of the editor's own: it asks nobody, and its
    subject says that it is a test."""
    survey = mailing.survey
    here = [survey.organisation.slug, survey.public_id]
    link = f"{settings.PUBLIC_URL}{reverse('preview', args=here)}?language={language}"
    values = _values(survey, language, name, link, settings.PUBLIC_URL + reverse("invitations", args=here))
    rating = scale(survey, mailing.rating, language, link)
    mail = written(mailing, language, values, to, {"Auto-Submitted": "auto-generated"}, rating)
    with translation.override(language):
        mail.subject = _("[Test] %s") % mail.subject
    return mail


def _values(survey: Survey, language: str, name: str, link: str, out: str) -> dict[str, str]:
    with translation.override(language):
        somebody = pgettext("greeting", "customer")
    return {
        wording.NAME: name.strip() or somebody,
        wording.COMPANY: company_of(survey, language),
        wording.LINK: link,
        wording.SURVEY: survey.name,
        wording.ORGANISATION: survey.organisation.name,
        wording.OPT_OUT: out,
    }


def company_of(survey: Survey, language: str) -> str:
    """What the company calls itself in its questionnaire, which is read and parsed once."""
    version = survey.versions.defer("snapshot").order_by("-number").first()
    said = version.words(language).get("company", "") if version else ""
    return said.strip() or survey.organisation.name


def written(
    mailing: Mailing,
    language: str,
    values: dict[str, str],
    to: str,
    headers: dict[str, str],
    rating: Scale | None,
) -> EmailMultiAlternatives:
    """Where the rating is not asked any more, the link stands in its place."""
    text = mailing.texts[language]
    plain = values | {wording.RATING: rating.plain if rating else values[wording.LINK]}
    marked_up = values | {wording.RATING: rating.marked_up if rating else values[wording.LINK]}
    sender = " ".join(values[wording.COMPANY].split())
    mail = EmailMultiAlternatives(
        subject=wording.subject(text["subject"], values),
        body=wording.plain(text["body"], plain),
        from_email=formataddr((sender, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[to],
        headers=headers,
    )
    with translation.override(language):
        context = {"body": wording.marked_up(text["body"], marked_up), "language": language}
        mail.attach_alternative(render_to_string("surveys/mailings/mail.html", context), "text/html")
    return mail
