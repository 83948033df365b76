"""What somebody asks to take along."""

from typing import NamedTuple

from surveys.models import Export, Survey
from surveys.questionnaire.names import LANGUAGES


class Wanted(NamedTuple):
    """`language` is that of the labels, one the survey was asked in; `with_labels` puts them into tables."""

    kind: str
    language: str
    with_labels: bool = False

    @property
    def tidy(self) -> "Wanted":
        """Without a choice that makes no difference: the same file is then made once."""
        takes_labels = self.kind in {Export.Kind.CSV, Export.Kind.XLSX}
        return self._replace(with_labels=self.with_labels and takes_labels)


def languages_of(survey: Survey) -> dict[str, str]:
    """The languages that any version was asked in, the newest version's first, with their names."""
    versions = survey.versions.order_by("-number")
    codes = dict.fromkeys(code for version in versions for code in version.languages)
    return {code: LANGUAGES.get(code, code) for code in codes}
