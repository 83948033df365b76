"""Which answers call for attention, who is told, and where."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.follow_up.changes import members_who_read
from surveys.forms.words import LONGEST_CHOICE
from surveys.models import AlertRule, Survey
from surveys.words.scores import ratings_of
from surveys.words.shortening import shortened


class AlertRuleForm(forms.ModelForm):
    item = forms.ChoiceField(label=gettext_lazy("Question"))

    class Meta:
        model = AlertRule
        fields = ("item", "lowest", "highest", "recipients", "webhook", "tells_comment", "is_active")
        widgets = {"recipients": forms.CheckboxSelectMultiple}  # noqa: RUF012
        labels = {  # noqa: RUF012
            "lowest": gettext_lazy("Answers from"),
            "highest": gettext_lazy("up to"),
            "recipients": gettext_lazy("Mail to"),
            "webhook": gettext_lazy("Post to"),
        }

    def __init__(self, data: Any, survey: Survey, language: str, instance: AlertRule | None = None) -> None:
        # By ids that cannot be counted through, as everywhere.
        webhook_now = instance.webhook.public_id if instance and instance.webhook else ""
        super().__init__(data, instance=instance, initial={"webhook": webhook_now})
        self.survey, self.ratings = survey, ratings_of(survey, language)
        item: Any = self.fields["item"]
        item.choices = [
            (code, f"{shortened(one.text, LONGEST_CHOICE)} ({one.lowest}–{one.highest})")
            for code, one in self.ratings.items()
        ]
        recipients: Any = self.fields["recipients"]
        recipients.to_field_name = "public_id"
        recipients.queryset = members_who_read(survey.organisation_id)
        recipients.label_from_instance = lambda member: f"{member.user} <{member.user.email}>"
        webhook: Any = self.fields["webhook"]
        webhook.to_field_name, webhook.empty_label = "public_id", gettext_lazy("nowhere")
        webhook.queryset = survey.webhooks.order_by("pk")
        if survey.privacy == Survey.Privacy.ANONYMOUS:
            del self.fields["tells_comment"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        rating = self.ratings.get(cleaned.get("item", ""))
        low, high = cleaned.get("lowest"), cleaned.get("highest")
        if rating is None or low is None or high is None:
            return cleaned
        for name, problem in bounds_problems(rating.lowest, rating.highest, low, high).items():
            self.add_error(name, problem)
        return cleaned


def bounds_problems(lowest: int, highest: int, low: int, high: int) -> dict[str, str]:
    """What is wrong with the answers from `low` to `high` on a scale from `lowest` to `highest`."""
    within = _("must be a number from %(low)s to %(high)s") % {"low": lowest, "high": highest}
    found = {"lowest": within} if not lowest <= low <= highest else {}
    if not lowest <= high <= highest:
        return found | {"highest": within}
    return found | ({"highest": _("must not be less than the lowest")} if high < low else {})
