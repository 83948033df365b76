"""What the columns of a file of contacts are: guessed, said by an editor, checked, and only then stored."""

import codecs
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from surveys.contacts import mapping
from surveys.contacts.languages import language_of
from surveys.contacts.mapping import Meaning, Plan, guessed, mistakes
from surveys.contacts.storing import start_draft
from surveys.imports.reading import read_table
from surveys.imports.refusals import FileRefused
from surveys.models import Contact, ContactImport, Member
from tests.cast import owner_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def guess(text: str) -> list[str]:
    """What each column was taken for; a segment by its code."""
    return [one.code or one.kind for one in guessed(read_table(text.encode()))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("E-Mail;Key;Name;Language;Region\na@x.org;1;A;en;north\n", "email key name language region"),
        ("电子邮件,编号,姓名,语言,地区\na@x.org,1,A,中文,北\n", "email key name language region"),
        ("E-Mail Address,CUSTOMER_ID,Full name\na@x.org,1,A\n", "email key name"),
        ("who,tongue\na@x.org,English\nb@x.org,zh-TW\n", "email language"),
        ("Mail,Contact\nyes,a@x.org\nno,b@x.org\n", "- email"),  # whether mails are wanted, and the address
        ("email,second\na@x.org,b@x.org\n", "email -"),  # an address is no segment
        ("email,E-Mail\na@x.org,b@x.org\n", "email -"),
        ("email,region,Région\na@x.org,n,m\n", "email region region_2"),
        ("email,Phone number (office)\na@x.org,1\n", "email phone_number_office"),
        ("email,1st,,<b>,__class__\na@x.org,1,2,3,4\n", "email column_2 - b class"),
        ("email,偏好\na@x.org,茶\n", "email column_2"),
        ("email,notes\na@x.org," + "x" * 101 + "\n", "email -"),
        ("email,no\n" + "".join(f"a{n}@x.org,{n}\n" for n in range(50)), "email -"),
        ("email,no\n" + "".join(f"a{n}@x.org,{n % 25}\n" for n in range(50)), "email no"),
        ("email,phone\n" + "".join(f"a{n}@x.org,+1 {n}\n" for n in range(5)), "email -"),
        (
            "email,phone\n" + "".join(f"a{n}@x.org,+1 {n}\n" for n in range(4)),
            "email phone",
        ),  # too few to tell
        ("email,said\na@x.org," + "x" * 61 + "\n", "email -"),
        ("email,shop\n" + "".join(f"a{n}@x.org,{n % 3}\n" for n in range(6)), "email shop"),
        ("email,shop\n" + "".join(f"a{n}@x.org,{n % 3}\n" for n in range(5)), "email -"),
        ("email,empty\na@x.org,\n", "email -"),
        *(
            (f"email,{title}\na@x.org,A\n", "email name")
            for title in ("稱呼", "称呼", "顧客姓名", "客户姓名", "First_Name")
        ),
        ("email,Surname,First name\na@x.org,B,A\n", "email - name"),
        ("email,First name,Full name,Last name\na@x.org,A,A B,B\n", "email - name -"),
        ("name,key\nA,1\n", "name key"),  # no address: for the editor to say
    ],
)
def test_columns_are_guessed_by_title_and_content(text: str, found: str) -> None:
    assert guess(text) == [one if one != "-" else "" for one in found.split()]


def test_no_more_segments_are_guessed_than_are_kept() -> None:
    many = guess("email," + ",".join(f"c{n}" for n in range(30)) + "\na@x.org" + ",v" * 30 + "\n")
    assert many.count("") == 10


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("en", "en"), ("EN-us", "en"), ("English", "en"), ("en_GB.UTF-8", "en"), ("英文", "en"),
        ("zh_CN", "zh-hans"), ("简体中文", "zh-hans"), ("中文", "zh-hans"), ("zh-Hans-CN", "zh-hans"),
        ("Chinese (Simplified)", "zh-hans"), ("zh-TW", "zh-hant"), ("zh_HK", "zh-hant"),
        ("繁體中文", "zh-hant"), ("zh-hant-tw", "zh-hant"),
        ("中文（繁體）", "zh-hant"), ("ＺＨ－ＴＷ", "zh-hant"),
        ("", None), ("de", None), ("french", None), ("enormous", None), ("zhang", None),
        ("english-ish", None),
        ("<en>", None), ("x" * 5_000, None),
    ],
)  # fmt: skip
def test_a_language_is_known_by_code_and_by_name(written: str, code: str | None) -> None:
    assert language_of(written) == code


def plan(*meanings: tuple[str, str] | str) -> Plan:
    return Plan(tuple(Meaning(*one) if isinstance(one, tuple) else Meaning(one) for one in meanings))


@pytest.mark.parametrize(
    ("meanings", "places"),
    [
        (["email", "email"], [1]),
        (["name", "key"], [None]),
        (["email", ("segment", "1st")], [1]),
        (["email", ("segment", "")], [1]),
        (["email", ("segment", "__class__")], [1]),
        (["email", ("segment", "a" * 41)], [1]),
        (["email", ("segment", "region\n")], [1]),
        (["email", ("segment", "region"), "", ("segment", "region")], [3]),
        (["email", *(("segment", f"s{n}") for n in range(21))], [21]),
        (["email", "", "", ("segment", "email")], []),
    ],
)
def test_a_mistake_names_its_column(meanings: Any, places: list[int | None]) -> None:
    header = [f"c{n}" for n in range(len(meanings))]
    assert [place for place, _reason in mistakes(plan(*meanings), header)] == places


# -- the page

TABLE = (
    "Who,Phone number (office),Area,Tongue\nann@example.org,+1 2,<b>north,简体中文\nnobody,,south,English\n"
)


def uploaded(client: Any, content: bytes, encoding: str = "utf-8", name: str = "people.csv") -> Any:
    form = {"file": SimpleUploadedFile(name, content), "encoding": encoding}
    return client.post("/o/acme/contacts/import/", form, follow=True)


def shown_form(page: Any) -> dict[str, str]:
    """What a browser would send back of the page."""
    text = page.content.decode()
    chosen = re.findall(r'<select name="(is-\d+)".*?<option value="([a-z]*)" selected>', text, re.DOTALL)
    return dict(chosen) | dict(re.findall(r'name="(code-\d+)" value="([^"]*)"', text))


def test_nothing_is_stored_before_it_is_confirmed(alice: Member) -> None:
    client = signed_in(alice)
    page = uploaded(client, TABLE.encode())
    here, form = page.redirect_chain[-1][0], shown_form(page)
    said = page.content.decode()
    assert "&lt;b&gt;north" in said and "<b>north" not in said and "nobody" in said
    assert form == {
        "is-0": "email", "code-0": "who",
        "is-1": "segment", "code-1": "phone_number_office",
        "is-2": "segment", "code-2": "area",
        "is-3": "language", "code-3": "tongue",
    }  # fmt: skip
    client.post(here, {**form, "do": "store"})
    assert not Contact.objects.exists()  # a row is bad
    form |= {"is-1": "", "code-2": "region"}
    page = client.post(here, {**form, "do": "check"}, follow=True)
    assert shown_form(page)["code-2"] == "region" and shown_form(page)["is-1"] == ""
    page = client.post(here, {**form, "leave_out_bad_rows": "on", "do": "store"}, follow=True)
    assert "new contacts: 1" in page.content.decode()
    one = Contact.objects.get()
    assert one.segments == {"region": "<b>north"} and one.language == "zh-hans"
    assert client.get(here).status_code == 302  # it is stored


def test_what_was_changed_is_checked_before_it_is_stored(alice: Member) -> None:
    client = signed_in(alice)
    page = uploaded(client, b"email,region\nann@example.org,north\n")
    here, form = page.redirect_chain[-1][0], shown_form(page)
    page = client.post(here, {**form, "code-1": "area", "do": "store"}, follow=True)
    assert b"look at the check first" in page.content and not Contact.objects.exists()
    client.post(here, {**shown_form(page), "do": "store"})
    assert Contact.objects.get().segments == {"area": "north"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"is-1": "email"}, "is-1"),
        ({"code-1": "No code"}, "is-1"),
        ({"code-1": "x" * 5_000}, "is-1"),
        ({"code-2": "region"}, "is-2"),
        ({"is-1": "owner"}, "is-1"),
        ({"is-0": ""}, ""),
    ],
)
def test_a_mistake_is_shown_at_its_column_and_nothing_is_lost(
    alice: Member, changed: dict[str, str], field: str
) -> None:
    client = signed_in(alice)
    page = uploaded(client, b"email,region,area\nann@example.org,north,one\n")
    here, form = page.redirect_chain[-1][0], shown_form(page)
    for do in ("check", "store"):
        page = client.post(here, {**form, **changed, "do": do})
        said = page.content.decode()
        assert page.status_code == 200 and not Contact.objects.exists()
        assert f'id="id_{field}_error"' in said if field else "Say which column" in said
        assert "code-1" not in changed or f'value="{changed["code-1"]}"' in said
    assert ContactImport.objects.get().mapping == {}


def primary(page: Any) -> list[str]:
    return re.findall(r'class="button primary" name="do" value="([a-z-]+)"', page.content.decode())


def test_what_comes_next_is_the_check_until_bad_rows_are_decided_about(alice: Member) -> None:
    client = signed_in(alice)
    good = uploaded(client, b"email,region\nann@example.org,north\n")
    assert primary(good) == ["store"]
    bad = uploaded(client, b"email,region\nann@example.org,north\nnobody,south\n")
    assert primary(bad) == ["check"]
    here, form = bad.redirect_chain[-1][0], {**shown_form(bad), "leave_out_bad_rows": "on", "do": "check"}
    assert primary(client.post(here, form, follow=True)) == ["store"]


def test_a_file_without_an_address_is_shown_and_waits_for_one(alice: Member) -> None:
    page = uploaded(signed_in(alice), b"who,key\nann,1\n")
    assert b"Say which column holds the e-mail addresses" in page.content
    assert b'value="store"' not in page.content


def test_another_tenants_draft_is_not_there(alice: Member) -> None:
    bob = owner_of("globex", "bob@example.org")
    draft = start_draft(bob.organisation, b"email\na@x.org\n", "x.csv", "utf-8", bob.user)
    client = signed_in(alice)
    for organisation, status in (("acme", 404), ("globex", 404)):
        here = f"/o/{organisation}/contacts/import/{draft.public_id}/"
        assert client.get(here).status_code == status == client.post(here, {"is-0": "email"}).status_code
    draft.refresh_from_db()
    assert draft.mapping == {}


# -- files that are no such table

CHINESE = "邮箱,姓名,地区\nann@example.org,王安,北\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CHINESE.encode("gb18030"), "gb18030"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16"),
        (codecs.BOM_UTF8 + CHINESE.encode(), "utf-8"),
    ],
)
def test_files_of_other_encodings_are_read(alice: Member, content: bytes, encoding: str) -> None:
    client = signed_in(alice)
    page = uploaded(client, content, encoding)
    client.post(page.redirect_chain[-1][0], {**shown_form(page), "do": "store"})
    assert list(Contact.objects.values_list("name", "segments")) == [("王安", {"region": "北"})]


BOMB = b"PK\x03\x04" + b"\0" * 1_000


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (CHINESE.encode("gb18030"), "utf-8", "GB18030"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-8", "UTF-16"),
        (BOMB, "utf-8", "not CSV"),
        (b"\x1f\x8b" + b"x" * 100, "utf-8", "not CSV"),
        (b"email\0,name\na@x.org,A\n", "utf-8", "NUL"),
        (b'email\n"' + b"a" * 200_000, "utf-8", "too long"),
        (b"email," + b",".join(b"c%d" % n for n in range(200)) + b"\na@x.org" + b",v" * 200, "utf-8", "200"),
        (b"", "utf-8", "empty"),
    ],
)
def test_what_is_no_table_is_refused_with_what_would_be_right(
    alice: Member, content: bytes, encoding: str, said: str
) -> None:
    page = uploaded(signed_in(alice), content, encoding)
    assert page.status_code == 200 and said in page.content.decode()
    assert not ContactImport.objects.exists()


def test_a_file_of_too_many_rows_is_refused_whole(alice: Member, settings: Any) -> None:
    settings.IMPORT_MAX_ROWS = 1_000
    content = b"email\n" + b"a@x.org\n" * 1_001
    with pytest.raises(FileRefused, match="more than 1000 rows"):
        start_draft(alice.organisation, content, "x.csv", "utf-8", alice.user)


def test_the_name_of_a_file_and_its_titles_are_only_words(alice: Member) -> None:
    content = b"email,<script>alert(1)</script>,=1+1\na@x.org,<svg/onload=alert(1)>,{{7*7}}\n"
    page = uploaded(signed_in(alice), content, name="<img src=x>.csv")
    said = page.content.decode()
    assert "<script>alert" not in said and "<svg/onload" not in said and "<img src=x>" not in said
    assert "{{7*7}}" in said and mapping.title_of(["\u202e", ""], 0) == "\\u202e"
