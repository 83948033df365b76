"""A mail's text is an editor's, its values are anybody's: neither is run, and neither becomes markup."""

from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.mailings import wording
from surveys.mailings.wording import TextRefused

VALUES = {
    "name": "Ann",
    "link": "https://s.example/s/x/?t=a&language=en",
    "survey": "Customers",
    "organisation": "Acme",
    "opt_out": "https://s.example/opt-out/x/",
}
WITH = " {link} {opt_out}"


@pytest.mark.parametrize(
    "text",
    [
        "{organisation.__class__}",
        "{organisation.__init__.__globals__}",
        "{survey.organisation.contacts}",
        "{name[0]}",
        "{name!r}",
        "{name!s}",
        "{name:>1000000000}",
        "{name:{link}}",
        "{link:x}",
        "{}",
        "{0}",
        "{ name }",
        "{name }",
        "{settings}",
        "{SECRET_KEY}",
        "{email}",
        "{key}",
        "{NAME}",
        "{",
        "}",
        "{name",
        "name}",
        "{{name}",
        "{name}}",
        "{link\0}",
        "{link\n}",
    ],
)
def test_what_is_no_placeholder_is_refused_before_and_at_sending(text: str) -> None:
    with pytest.raises(TextRefused):
        wording.check_body(text + WITH)
    for fill in (wording.plain, wording.marked_up):
        with pytest.raises(TextRefused):
            fill(text + WITH, VALUES)


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "{% debug %}", "{{ settings.SECRET_KEY }}", "${name}", "%(name)s"]
)
def test_other_template_languages_are_only_text_or_refused(text: str) -> None:
    try:
        said = wording.plain(text + WITH, VALUES)
    except TextRefused:
        return
    assert "49" not in said and said.startswith(
        text.replace("{{", "{").replace("}}", "}").replace("{name}", "Ann")
    )


@pytest.mark.parametrize("name", ["{link}", "{organisation.__class__}", "{{", "}", "%s", "{0}"])
def test_a_value_is_put_in_as_it_is(name: str) -> None:
    assert wording.plain("Dear {name}" + WITH, VALUES | {"name": name}).startswith(f"Dear {name} ")
    assert f"Dear {name} " in wording.marked_up("Dear {name}" + WITH, VALUES | {"name": name})


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'><svg/onload=alert(1)>", "a & b"],
)
def test_markup_is_escaped_wherever_it_comes_from(name: str) -> None:
    for text, values in (
        (f"{name}{WITH}", VALUES),
        ("{name} {survey}" + WITH, VALUES | {"name": name, "survey": name}),
    ):
        said = wording.marked_up(text, values)
        assert name not in said and said.count("<") == said.count("</") * 2


def test_addresses_are_links_and_empty_lines_part_paragraphs() -> None:
    said = wording.marked_up("Dear {name},\n\nplease: {link}\r\n\r\n{opt_out}\nBye", VALUES)
    href = "https://s.example/s/x/?t=a&amp;language=en"
    assert said == (
        f'<p>Dear Ann,</p><p>please: <a href="{href}">open the questionnaire</a></p>'
        '<p><a href="https://s.example/opt-out/x/">opt out here</a><br>Bye</p>'
    )


def test_a_subject_is_one_line_whatever_fills_it() -> None:
    said = wording.subject(
        "{survey}\r\nBcc: all@example.org", VALUES | {"survey": "A\nBcc: b@example.org\r\n"}
    )
    assert said == "A Bcc: b@example.org Bcc: all@example.org"


@pytest.mark.parametrize("name", ["link", "opt_out"])
def test_a_subject_holds_no_address_and_a_body_both(name: str) -> None:
    with pytest.raises(TextRefused):
        wording.check_subject(f"{{{name}}}")
    with pytest.raises(TextRefused, match=name):
        wording.check_body(WITH.replace(f"{{{name}}}", ""))


@given(st.text(alphabet="{}!:.[]_ " + ascii_lowercase[:6] + "ink<>&\n", max_size=40))
def test_any_text_is_refused_or_filled_without_markup_of_its_own(text: str) -> None:
    try:
        wording.check_body(text + WITH)
    except TextRefused:
        return
    said = wording.marked_up(text + WITH, VALUES)
    for known in ("<p>", "</p>", "<br>", "</a>", '<a href="https://s.example/opt-out/x/">'):
        said = said.replace(known, "")
    assert said.replace('<a href="https://s.example/s/x/?t=a&amp;language=en">', "").count("<") == 0
