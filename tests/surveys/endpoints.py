"""Every address of the service with the decision who may call it, and two tenants to call them about."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from indices.digests.sending import token_of as digest_token
from indices.models import Digest, Run
from indices.runs import queue
from indices.sharing.links import make_link
from surveys.api.tokens import make_token
from surveys.catalogue import add_instrument
from surveys.contacts.opting_out import token_of as opt_out_token
from surveys.contacts.rows import Row as ContactRow
from surveys.contacts.storing import start_draft as start_contacts
from surveys.contacts.storing import store as store_contacts
from surveys.exports import jobs as exports
from surveys.exports.wanted import Wanted
from surveys.follow_up.changes import followed
from surveys.imports.storing import start_draft
from surveys.mailings.planning import Plan as MailingPlan
from surveys.mailings.planning import plan as plan_mailing
from surveys.membership import first_link, invite
from surveys.models import FollowUp, ImportBatch, Member, MemberInvitation, Period, Survey, TextAnswer
from surveys.outgoing import webhooks
from surveys.periods import add_wave
from surveys.responses.answering import hand_in
from surveys.responses.ids import response_id
from surveys.responses.keys import chosen_key
from tests.cast import REGION, add_done_run, answers_to, joined, own_nps, owner_of, page_of, published
from tests.surveys.export_cast import made

ANYONE, SIGNED_IN = "anyone", "signed in"
ROLES = ("viewer", "analyst", "owner")  # each may do what the one before may
UNKNOWN_ID = "A" * 22
ABSENT: dict[str, Any] = {
    "organisation": "nowhere",
    "survey": UNKNOWN_ID,
    "batch": UNKNOWN_ID,
    "response": f"1-{UNKNOWN_ID}",
    "response_id": f"1-{UNKNOWN_ID}",
    "invitation": UNKNOWN_ID,
    "changed": UNKNOWN_ID,
    "api_token": UNKNOWN_ID,
    "instrument": "nothing",
    "note": UNKNOWN_ID,
    "comment": UNKNOWN_ID,
    "follow_up": UNKNOWN_ID,
    "rule": UNKNOWN_ID,
    "webhook": UNKNOWN_ID,
    "channel": UNKNOWN_ID,
    "quota": UNKNOWN_ID,
    "run": UNKNOWN_ID,
    "other": UNKNOWN_ID,
    "share_link": UNKNOWN_ID,
    "contact": UNKNOWN_ID,
    "contact_import": UNKNOWN_ID,
    "mailing": UNKNOWN_ID,
    "export": UNKNOWN_ID,
    "part": "page-nothing",
    "question": "nothing",
}

NOBODYS = {"table": "about"}  # named in addresses, and the same for everybody
SHARED = {"name": "The board", "measure": "ecsi", "window": "1", "language": "en", "days": "30"}

# Which methods an address answers, and the lowest role that may: a new address needs a line here.
DECISIONS: dict[str, dict[str, str]] = {
    "health/live": {"GET": ANYONE},
    "health/ready": {"GET": ANYONE},
    "schema": {"GET": ANYONE},
    "respond": {"GET": ANYONE, "POST": ANYONE},
    "respond-save": {"POST": ANYONE},
    "withdraw": {"GET": ANYONE, "POST": ANYONE},
    "opt-out": {"GET": ANYONE, "POST": ANYONE},
    "sign-in": {"GET": ANYONE, "POST": ANYONE},
    "sign-out": {"POST": ANYONE},
    "reset": {"GET": ANYONE, "POST": ANYONE},
    "reset-confirm": {"GET": ANYONE, "POST": ANYONE},
    "join": {"GET": ANYONE, "POST": ANYONE},
    "first": {"GET": ANYONE, "POST": ANYONE},
    "shared-report": {"GET": ANYONE},
    "digest-off": {"GET": ANYONE, "POST": ANYONE},
    "start": {"GET": SIGNED_IN},
    "account": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "home": {"GET": "viewer"},
    "digest": {"GET": "viewer", "POST": "viewer"},
    "organisation": {"GET": "owner", "POST": "owner"},
    "members": {"GET": "viewer"},
    "member-invite": {"POST": "owner"},
    "member-withdraw": {"POST": "owner"},
    "member-change": {"POST": "owner"},
    "tokens": {"GET": "viewer", "POST": "viewer"},
    "token-revoke": {"POST": "viewer"},
    "contacts": {"GET": "analyst"},
    "contact": {"GET": "analyst"},
    "contact-new": {"GET": "analyst", "POST": "analyst"},
    "contact-correct": {"GET": "analyst", "POST": "analyst"},
    "contact-opt-out": {"POST": "analyst"},
    "contact-erase": {"POST": "analyst"},
    "contact-unbounce": {"POST": "analyst"},
    "contact-import": {"GET": "analyst", "POST": "analyst"},
    "contact-import-review": {"GET": "analyst", "POST": "analyst"},
    "mail-rules": {"GET": "owner", "POST": "owner"},
    "survey-new": {"GET": "analyst", "POST": "analyst"},
    "survey": {"GET": "viewer"},
    "survey-edit": {"GET": "analyst", "POST": "analyst"},
    "weighting": {"GET": "analyst", "POST": "analyst"},
    "questions": {"GET": "analyst"},
    "part-add": {"GET": "analyst", "POST": "analyst"},
    "part-arrange": {"POST": "analyst"},
    "part": {"GET": "analyst", "POST": "analyst"},
    "part-condition": {"GET": "analyst", "POST": "analyst"},
    "question-add": {"GET": "analyst", "POST": "analyst"},
    "question": {"GET": "analyst", "POST": "analyst"},
    "question-condition": {"GET": "analyst", "POST": "analyst"},
    "preview": {"GET": "analyst", "POST": "analyst"},
    "survey-publish": {"GET": "analyst", "POST": "analyst"},
    "survey-state": {"POST": "analyst"},
    "wave-add": {"POST": "analyst"},
    "fieldwork": {"GET": "viewer"},
    "links": {"GET": "analyst", "POST": "analyst"},
    "links-withdraw": {"POST": "analyst"},
    "channels": {"GET": "analyst", "POST": "analyst"},
    "frame-origins": {"POST": "analyst"},
    "channels-each": {"POST": "analyst"},
    "channel-posters": {"GET": "analyst"},
    "channel": {"GET": "analyst", "POST": "analyst"},
    "channel-svg": {"GET": "analyst"},
    "channel-png": {"GET": "analyst"},
    "channel-poster": {"GET": "analyst"},
    "quotas": {"GET": "analyst", "POST": "analyst"},
    "quotas-each": {"POST": "analyst"},
    "quota": {"GET": "analyst", "POST": "analyst"},
    "invitations": {"GET": "analyst", "POST": "analyst"},
    "mailing": {"GET": "analyst", "POST": "analyst"},
    "responses": {"GET": "analyst"},
    "responses-exclude": {"POST": "analyst"},
    "response": {"GET": "analyst", "POST": "analyst"},
    "words": {"GET": "viewer"},
    "comment-follow-up": {"POST": "analyst"},
    "follow-up": {"GET": "analyst", "POST": "analyst"},
    "alerts": {"GET": "analyst"},
    "alert-rules": {"GET": "analyst", "POST": "analyst"},
    "alert-rule": {"GET": "analyst", "POST": "analyst"},
    "webhooks": {"GET": "analyst", "POST": "analyst"},
    "webhook": {"POST": "analyst"},
    "exports": {"GET": "analyst", "POST": "analyst"},
    "export-file": {"GET": "analyst"},
    "export-cancel": {"POST": "analyst"},
    "import-new": {"GET": "analyst", "POST": "analyst"},
    "import-review": {"GET": "analyst", "POST": "analyst"},
    "instruments": {"GET": "viewer"},
    "instrument": {"GET": "viewer"},
    "instrument-file": {"GET": "viewer"},
    "instrument-new": {"GET": "analyst", "POST": "analyst"},
    "instrument-model": {"GET": "analyst", "POST": "analyst"},
    "instrument-remove": {"POST": "analyst"},
    "report": {"GET": "viewer"},
    "report-pdf": {"GET": "viewer"},
    "report-workbook": {"GET": "viewer"},
    "report-table": {"GET": "viewer"},
    "share-links": {"GET": "analyst", "POST": "analyst"},
    "share-link-revoke": {"POST": "analyst"},
    "note-add": {"POST": "analyst"},
    "note-remove": {"POST": "analyst"},
    "target-set": {"POST": "analyst"},
    "compare": {"GET": "viewer"},
    "driver-lines-set": {"POST": "analyst"},
    "run-request": {"POST": "analyst"},
    "runs-cancel": {"POST": "analyst"},
    "run-cancel": {"POST": "analyst"},
    "run-folder": {"GET": "analyst"},
    "period-close": {"POST": "analyst"},
    "period-release": {"POST": "analyst"},
    "api-organisation": {"GET": "viewer", "PATCH": "owner"},
    "api-surveys": {"GET": "viewer", "POST": "analyst"},
    "api-survey": {"GET": "viewer", "PATCH": "analyst"},
    "api-periods": {"GET": "viewer", "POST": "analyst"},
    "api-weighting": {"GET": "viewer", "PUT": "analyst"},
    "api-publish": {"POST": "analyst"},
    "api-versions": {"GET": "viewer"},
    "api-state": {"POST": "analyst"},
    "api-channels": {"GET": "analyst", "POST": "analyst"},
    "api-channel": {"GET": "analyst", "PATCH": "analyst"},
    "api-frame-origins": {"GET": "analyst", "PUT": "analyst"},
    "api-quotas": {"GET": "analyst", "POST": "analyst"},
    "api-quota": {"GET": "analyst", "PATCH": "analyst", "DELETE": "analyst"},
    "api-links": {"POST": "analyst"},
    "api-contacts": {"GET": "analyst", "POST": "analyst"},
    "api-contact": {"GET": "analyst", "DELETE": "analyst"},
    "api-contact-opt-out": {"POST": "analyst"},
    "api-contact-bounce": {"DELETE": "analyst"},
    "api-mailings": {"GET": "analyst", "POST": "analyst"},
    "api-mailing-trial": {"POST": "analyst"},
    "api-mail-rules": {"GET": "analyst", "PUT": "owner"},
    "api-mailing": {"GET": "analyst", "DELETE": "analyst"},
    "api-responses": {"GET": "analyst"},
    "api-response": {"GET": "analyst", "PATCH": "analyst"},
    "api-comments": {"GET": "viewer"},
    "api-comment-follow-up": {"POST": "analyst"},
    "api-follow-up": {"GET": "analyst", "PATCH": "analyst"},
    "api-follow-up-notes": {"POST": "analyst"},
    "api-alerts": {"GET": "analyst"},
    "api-alert-rules": {"GET": "analyst", "POST": "analyst"},
    "api-alert-rule": {"GET": "analyst", "PATCH": "analyst", "DELETE": "analyst"},
    "api-webhooks": {"GET": "analyst", "POST": "analyst"},
    "api-webhook": {"GET": "analyst", "PATCH": "analyst", "DELETE": "analyst"},
    "api-webhook-secret": {"POST": "analyst"},
    "api-webhook-test": {"POST": "analyst"},
    "api-webhook-again": {"POST": "analyst"},
    "api-exports": {"GET": "analyst", "POST": "analyst"},
    "api-export": {"GET": "analyst"},
    "api-export-file": {"GET": "analyst"},
    "api-export-cancel": {"POST": "analyst"},
    "api-instruments": {"GET": "viewer", "POST": "analyst"},
    "api-instrument": {"GET": "viewer"},
    "api-questionnaire": {"GET": ANYONE},
    "api-hand-in": {"POST": ANYONE},
    "api-home": {"GET": "viewer"},
    "api-runs": {"GET": "viewer", "POST": "analyst"},
    "api-report-pdf": {"GET": "viewer"},
    "api-report-workbook": {"GET": "viewer"},
    "api-report-tables": {"GET": "viewer"},
    "api-report-table": {"GET": "viewer"},
    "api-runs-cancel": {"POST": "analyst"},
    "api-run-cancel": {"POST": "analyst"},
    "api-run-folder": {"GET": "analyst"},
    "api-run-drivers": {"GET": "viewer"},
    "api-run-expected": {"GET": "viewer"},
    "api-run-rankings": {"GET": "viewer"},
    "api-run-against": {"GET": "viewer"},
    "api-share-links": {"GET": "analyst", "POST": "analyst"},
    "api-share-link-revoke": {"POST": "analyst"},
}
# Addresses of a run that has to be done.
OF_DONE_RUNS = ("folder", "drivers", "expected", "rankings", "against")


def endpoints() -> dict[str, URLPattern]:
    """Every address by its name."""
    return {pattern.name or str(pattern.pattern): pattern for pattern in _walk(get_resolver().url_patterns)}


def _walk(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns)
        else:
            yield pattern


def parameters(name: str) -> list[str]:
    """What the address names of what somebody owns, outermost first."""
    return [one for one in endpoints()[name].pattern.converters if one not in NOBODYS]


def decided(*, of_organisations: bool) -> list[tuple[str, str, str]]:
    """(name, method, who) of every address that names an organisation, or of every other."""
    return [
        (name, method, who)
        for name, methods in DECISIONS.items()
        for method, who in methods.items()
        if (who in ROLES) == of_organisations
    ]


@dataclass
class Tenant:
    """An organisation with one of everything that an address can name."""

    owner: Member
    survey: Survey
    period: Period
    batch: ImportBatch
    join_token: str
    share_secret: str

    @property
    def invitation(self) -> MemberInvitation:
        return self.owner.organisation.invitations.get()

    def value(self, parameter: str) -> Any:
        """What stands for this tenant in an address; a parameter that is new here needs a line."""
        return {
            "organisation": lambda: self.owner.organisation.slug,
            "survey": lambda: self.survey.public_id,
            "batch": lambda: self.batch.public_id,
            "response": lambda: response_id(self.survey, self.survey.responses.get().pk),
            "response_id": lambda: self.value("response"),
            "invitation": lambda: self.invitation.public_id,
            "api_token": lambda: self.member("viewer").api_tokens.get().public_id,
            "changed": lambda: self.member("viewer").public_id,
            "note": lambda: self.survey.notes.get().public_id,
            "comment": lambda: TextAnswer.objects.get(response__survey=self.survey).public_id,
            "follow_up": lambda: FollowUp.objects.get(response__survey=self.survey).public_id,
            "rule": lambda: self.survey.alert_rules.get().public_id,
            "webhook": lambda: self.survey.webhooks.get().public_id,
            "channel": lambda: self.survey.channels.get().public_id,
            "quota": lambda: self.survey.quotas.get().public_id,
            "run": lambda: self.survey.runs.get(revision=2).public_id,
            "other": lambda: self.value("done_run"),
            "done_run": lambda: self.survey.runs.get(revision=1).public_id,
            "contact": lambda: self.owner.organisation.contacts.get().public_id,
            "contact_import": lambda: self.owner.organisation.contact_imports.get().public_id,
            "mailing": lambda: self.survey.mailings.get().public_id,
            "share_link": lambda: self.survey.share_links.get().public_id,
            "export": lambda: self.survey.exports.get(kind="xlsx").public_id,  # which waits
            "done_export": lambda: self.survey.exports.get(kind="codebook").public_id,
            "instrument": lambda: self.owner.organisation.instruments.get().instrument_id,
            "part": lambda: f"page-{self.owner.organisation.slug}_page",
            "question": lambda: f"{self.owner.organisation.slug}_question",
            "uidb64": lambda: urlsafe_base64_encode(force_bytes(self.owner.user.pk)),
        }[parameter]()

    def token(self, name: str) -> str:
        """The secret part of an address that works without signing in."""
        return {
            "join": lambda: self.join_token,
            "shared-report": lambda: self.share_secret,
            "digest-off": lambda: digest_token(self.owner),
            "opt-out": lambda: opt_out_token(self.owner.organisation.pk, "A" * 22, UNKNOWN_ID),
            "first": lambda: first_link().split("/")[-2],
            "reset-confirm": lambda: default_token_generator.make_token(self.owner.user),
        }[name]()

    def member(self, role: str) -> Member:
        return self.owner.organisation.members.get(role=role)

    def address(self, name: str, **instead: Any) -> str:
        if not endpoints()[name].name:
            return f"/{name}"
        values = {
            one: instead[one] if one in instead else self.token(name) if one == "token" else self.value(one)
            for one in parameters(name)
        }
        values |= {one: NOBODYS[one] for one in endpoints()[name].pattern.converters if one in NOBODYS}
        if name.endswith(OF_DONE_RUNS) and "run" not in instead:
            values["run"] = self.value("done_run")
        if name.endswith("export-file") and "export" not in instead:
            values["export"] = self.value("done_export")
        return reverse(name, kwargs=values)

    def body(self, name: str) -> dict[str, Any]:
        """A body that the address accepts from those who may."""
        return {
            "organisation": {"name": "Renamed", "time_zone": "Asia/Taipei", "least_group": "10"},
            "member-invite": {"email": "new@example.org", "role": "owner"},
            "member-change": {"role": "owner"},
            "tokens": {"name": "A dashboard", "may": "read", "days": "30"},
            "part-add": {"instrument": "nps"},
            "part-arrange": {"part": self.value("part"), "to": "0"},
            "part": {"title_en": "Some more"},
            "weighting": {"do": "off"},
            "survey-state": {"state": "closed"},
            "wave-add": {"name": "another wave"},
            "import-review": {"do": "give-up"},
            "links": {"count": "3"},
            "channels": {"name": "One more"},
            "frame-origins": {"origins": "https://www.example.org"},
            "channel": {"do": "name", "name": "Renamed"},
            "quotas": {"most": "5", "per": "period"},
            "quota": {"do": "pause"},
            "api-quotas": {"most": 5, "per": "period"},
            "api-quota": {"is_active": False},
            "api-channels": {"name": "One more"},
            "api-channel": {"is_active": False},
            "api-frame-origins": {"origins": ["https://www.example.org"]},
            "contact-new": {"email": "by.hand@example.org"},
            "contact-correct": {"email": "by.hand@example.org"},
            "contact-import-review": {"do": "give-up"},
            "mail-rules": {"rest_days": "30", "per_minute": "100"},
            "invitations": {
                "subject_en": "x",
                "body_en": "{link} {opt_out}",
                "most_reminders": "0",
                "remind_after_days": "7",
            },
            "api-contacts": {"contacts": [{"email": "one.more@example.org"}]},
            "api-mail-rules": {"rest_days": 30, "per_minute": 100},
            "api-mailing-trial": {"texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}}},
            "api-mailings": {"texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}}},
            "response": {"do": "exclude", "reason": "a test answer"},
            "responses-exclude": {"flag": "speed", "reason": "too fast", "number": "0"},
            "follow-up": {"do": "close", "text": "Called back"},
            "alert-rules": {"item": "ecsi.image1", "lowest": "1", "highest": "3"},
            "alert-rule": {"do": "remove"},
            "webhooks": {"url": "https://hooks.example.org/one-more", "events": ["index.released"]},
            "webhook": {"do": "remove"},
            "api-follow-up": {"is_closed": True, "reason": "Called back"},
            "api-follow-up-notes": {"text": "Called"},
            "api-alert-rules": {"item": "ecsi.image1", "lowest": 1, "highest": 3},
            "api-alert-rule": {"highest": 3},
            "api-webhooks": {"url": "https://hooks.example.org/one-more", "events": ["response.finished"]},
            "api-webhook": {"events": ["index.released"]},
            "exports": {"kind": "csv", "language": "en"},
            "api-exports": {"kind": "csv"},
            "instrument-new": {"text": own_nps("brought")},
            "instrument-remove": {"sure": "1"},
            "run-request": {"period": self.period.public_id},
            "period-close": {"period": self.period.public_id},
            "period-release": {"period": self.period.public_id},
            "note-add": {"period": self.period.public_id, "text": "New prices"},
            "driver-lines-set": {"period": self.period.public_id, "measure": "ecsi", "note": "New product"},
            "share-links": SHARED,
            "digest": {"every": "daily", "weekday": "0"},
            "api-share-links": {"name": "The board"},
            "target-set": {"measure": "ecsi", "construct": "satisfaction", "value": "75"},
            "api-runs": {"period": self.period.public_id},
            "api-organisation": {"least_group": 20},
            "api-surveys": {"name": "One more"},
            "api-survey": {"name": "Renamed"},
            "api-weighting": {"unit": "count", "margins": {}},
            "api-periods": {"name": "another wave"},
            "api-state": {"state": "closed"},
            "api-links": {"count": 2},
            "api-response": {"is_excluded": True, "reason": "a test answer"},
            "api-instruments": {"toml": own_nps("brought")},
            "api-hand-in": {"key": "a-key-of-a-program", "answers": {"ecsi.image1": 7}},
            "account": {"name": "Renamed", "language": "zh-hant"},
            "join": {"name": "New", "language": "en", "password": "quite-a-new-secret"},
        }.get(name, {})


def tenant(slug: str) -> Tenant:
    owner = owner_of(slug, f"owner@{slug}.example")
    analyst = joined(owner, f"analyst@{slug}.example", "analyst")
    make_token(joined(owner, f"viewer@{slug}.example", "viewer"), f"{slug} program", "read", 30)
    survey = published(owner, name=f"{slug} survey", period_kind="waves")
    period = add_wave(survey, f"{slug} wave", None, None)
    batch = start_draft(survey, b"image1,image2\n1,2\n", f"{slug}.csv", "utf-8", owner.user)
    add_instrument(owner.organisation, own_nps(f"{slug}_nps"), "nps.toml", owner.user)
    _answer(survey)
    survey.parts += [page_of({**REGION, "code": f"{slug}_question"}, code=f"{slug}_page")]
    survey.save()
    survey.notes.create(period=period, text=f"{slug} moved")
    survey.responses.update(period=period)  # answers that a run can be asked for
    response = survey.responses.get()
    response.texts.create(code="ecsi.nothing", text=f"{slug} is too slow")
    webhook, _secret = webhooks.add(survey, f"https://hooks.example.org/{slug}")
    survey.channels.create(name=f"{slug} counter")
    survey.quotas.create(most=1_000)
    survey.alert_rules.create(item="ecsi.image1", lowest=1, highest=2, webhook=webhook)
    followed(response)
    done = add_done_run(survey, period)  # which may be taken away, and one that waits may be cancelled
    queue.request(survey, period, done.measurement_key, "", Run.Trigger.MANAGER)
    made(survey, analyst, "codebook")  # an export belongs to the one who asked
    exports.request(survey, analyst.user, Wanted("xlsx", "en"))
    store_contacts(owner.organisation, [ContactRow(2, f"customer@{slug}.example")])
    start_contacts(owner.organisation, f"email\nmore@{slug}.example\n".encode(), "c.csv", "utf-8", owner.user)
    later = timezone.now() + timedelta(days=1)
    text = {"subject": f"{slug} asks", "body": "{link} {opt_out}"}
    plan_mailing(survey, MailingPlan({"en": text}, later), owner.user)
    token = invite(owner, f"invited@{slug}.example", "viewer").split("/")[-2]
    shared = {"name": f"{slug} board", "measure": "ecsi"}
    Digest.objects.create(member=owner)
    secret = make_link(survey, owner.user, 30, **shared)[1].split("/")[-2]
    return Tenant(owner, survey, period, batch, token, secret)


def _answer(survey: Survey) -> None:
    """One response, handed in at once: the pages of the questionnaire are not what these tests are about."""
    version = survey.current_version
    assert version
    answers = {code: int(value) for page in answers_to(survey) for code, value in page.items()}
    assert hand_in(survey, chosen_key(version, "a-key-of-a-program"), answers, "en")


def call(client: Client, method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    if method not in {"POST", "PATCH", "PUT"}:
        return client.generic(method, address)
    if address.startswith("/api/"):
        return client.generic(method, address, json.dumps(body or {}), content_type="application/json")
    return client.post(address, body or {})


def everything() -> dict[str, list[dict[str, Any]]]:
    """All that is stored but the time of signing in and how often shared reports were looked at, to show that
    a call changed nothing of it."""
    models = [model for app in ("surveys", "indices") for model in apps.get_app_config(app).get_models()]
    stored = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}
    for user in stored["User"]:
        user.pop("last_login")
    for link in stored["ShareLink"]:
        del link["views"], link["last_used_at"]
    return stored
