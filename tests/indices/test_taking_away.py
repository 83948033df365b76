"""A run taken away: the folder computes it again outside, and holds nothing that may not leave."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from indices.models import Run
from indices.runs import queue
from indices.runs.cancelling import cancel
from indices.taking_away.folder import folder_name
from indices.tasks import work
from scoring.__main__ import main
from surveys.catalogue import add_instrument
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Member, Response, Survey, Withdrawal
from surveys.responses.exclusions import exclude, readmit
from tests.cast import (
    REFERENCE,
    REGION,
    add_done_run,
    builtin_text,
    joined,
    mobi_columns,
    owner_of,
    page_of,
    published,
    signed_in,
    walk,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]
ROOT = Path(__file__).parents[2]
API = "/api/v1/organisations/acme/surveys/"
TURNED = "quality5"


@pytest.fixture(autouse=True)
def _few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 100


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def own_ecsi() -> str:
    """ECSI with an item that is asked the other way round, and scales of two kinds."""
    text = builtin_text("ecsi").replace('id = "ecsi"', 'id = "ours"', 1)
    scales = text.partition("[scales.fulfilment]\nminimum = 1")
    text = f"{scales[0]}[scales.fulfilment]\nminimum = 0{scales[2]}"
    turned = text[text.index("[scales.rating]") :].partition("\n\n")[0]
    own = turned.replace("scales.rating", "scales.turned") + "\nreverse = true"
    text = text.replace(turned, f"{turned}\n\n{own}", 1)
    item = re.search(rf'id = "{TURNED}"\nscale = "\w+"', text)
    assert item and scales[1]
    return text.replace(item[0], f'id = "{TURNED}"\nscale = "turned"')


def with_gaps(member: Member) -> Survey:
    """250 answers to an instrument of one's own, a tenth of them without an answer to each of three items."""
    add_instrument(member.organisation, own_ecsi(), "own.toml", member.user)
    parts = [{"kind": "instrument", "instrument": "ours"}, page_of(REGION)]
    survey = published(member, period_kind="waves", parts=parts, name="顾客 <b>=1+1</b>")
    columns, out = mobi_columns(), io.StringIO()
    rows = list(csv.DictReader(io.StringIO((REFERENCE / "mobi.csv").read_text(encoding="utf-8"))))
    for place, row in enumerate(rows):
        row[columns[TURNED]] = str(11 - int(row[columns[TURNED]]))
        if place % 10 < 3:
            row[columns[("image1", "loyalty1", "value2")[place % 10]]] = ""
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    plan = Plan(columns=columns, wave="2005")
    import_file(survey=survey, content=out.getvalue().encode(), filename="own.csv", plan=plan, by=None)
    return survey


def worked(survey: Survey, segment: str = "") -> Run:
    key = survey.versions.get().uses.get().measurement_key
    run = queue.request(survey, survey.periods.get(), key, segment, Run.Trigger.MANAGER)
    work(run.pk)
    run.refresh_from_db()
    assert run.status == Run.Status.DONE
    return run


def address_of(run: Run) -> str:
    return f"/o/acme/surveys/{run.survey.public_id}/report/runs/{run.public_id}/folder/"


def api_address_of(run: Run) -> str:
    return f"{API}{run.survey.public_id}/runs/{run.public_id}/folder/"


def files_of(client: Client, run: Run) -> dict[str, str]:
    """The folder's files by their names."""
    answer = client.get(address_of(run))
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/zip"
    name = folder_name(run)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.zip"'
    assert re.fullmatch(r"[a-z0-9_-]+", name) and "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert all(one.startswith(f"{name}/") for one in archive.namelist())
        return {one.removeprefix(f"{name}/"): archive.read(one).decode() for one in archive.namelist()}


def unpacked(files: dict[str, str], folder: Path) -> list[str]:
    """The folder on disk; the commands that its README gives."""
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return files["README.md"].partition("```\n")[2].partition("\n```")[0].splitlines()


def run_outside(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """With this environment's libraries, and nothing of its settings."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    # Sums are rounded otherwise on another number of threads.
    environment |= {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    return subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)


def numbers(value: Any, place: str = "") -> dict[str, float]:
    """Every number of a result by where it stands."""
    if isinstance(value, dict):
        return {k: v for key, one in value.items() for k, v in numbers(one, f"{place}.{key}").items()}
    if isinstance(value, list):
        return {k: v for i, one in enumerate(value) for k, v in numbers(one, f"{place}[{i}]").items()}
    return {place: float(value)} if isinstance(value, (int, float)) else {}


def test_the_commands_give_the_stored_numbers_whatever_came_since(alice: Member, tmp_path: Path) -> None:
    survey = with_gaps(alice)
    taken_out, left_out = Response.objects.order_by("pk")[:2]
    left_out.answers["ours.complaints1"] = "na"
    left_out.save()
    exclude(taken_out, "a test", None)
    run = worked(survey)
    # What came, went and came back since:
    readmit(taken_out, None)
    exclude(Response.objects.order_by("pk")[5], "another test", None)
    walk(survey)
    Response.objects.filter(period=None).update(period=survey.periods.get())
    files = files_of(signed_in(alice), run)
    assert set(files) == {"README.md", "model.lav", "answers.csv", "ml.json", "pls.json", "run.json",
                          "requirements.txt", "compare.py"}  # fmt: skip
    header, *rows = csv.reader(io.StringIO(files["answers.csv"]))
    assert len(rows) == 248 and "weight" not in header and {"", "10"} < {cell for row in rows for cell in row}
    done = [run_outside(command, tmp_path) for command in unpacked(files, tmp_path)]
    assert [one.returncode for one in done] == [0, 0, 0], [one.stdout + one.stderr for one in done]
    for estimator in ("ml", "pls"):
        stored, again = (
            json.loads((tmp_path / f"{estimator}{end}.json").read_text(encoding="utf-8"))
            for end in ("", ".again")
        )
        assert stored == run.estimates.get(estimator=estimator).result
        assert (stored.pop("n"), again.pop("n")) == (249, 248)
        expected = numbers({name: part for name, part in stored.items() if name != "issues"})
        assert len(expected) > 200 and stored["n_used"] == 248
        found = numbers({name: part for name, part in again.items() if name != "issues"})
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert "largest difference" in done[2].stdout
    told = json.loads(files["run.json"])
    assert (told["id"], told["seed"], told["fingerprint"]) == (run.public_id, run.seed, run.fingerprint)
    assert told["responses"] == 249 and told["survey"]["name"] == survey.name
    assert f"semopy=={run.versions['semopy']}\n" in files["requirements.txt"]


def test_compare_says_where_numbers_differ(alice: Member, tmp_path: Path) -> None:
    files = {"ml.json": '{"n": 1, "r2": {"a": 0.5}}', "ml.again.json": '{"n": 2, "r2": {"a": 0.5001}}'}
    survey = published(alice, period_kind="waves")
    compare = files_of(signed_in(alice), add_done_run(survey, survey.periods.create(name="w")))["compare.py"]
    files |= {"compare.py": compare, "README.md": "```\npython compare.py\n```"}
    (command,) = unpacked(files, tmp_path)
    done = run_outside(command, tmp_path)
    assert done.returncode == 1 and "1.0e-04" in done.stdout


def test_where_answers_are_gone_the_moments_stand_for_them(
    alice: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    survey, client = with_gaps(alice), signed_in(alice)
    run = worked(survey)
    Response.objects.order_by("pk")[0].delete()
    files = files_of(client, run)
    assert "answers.csv" not in files and json.loads(files["moments.json"]) == run.moments.content
    commands = unpacked(files, tmp_path)
    monkeypatch.chdir(tmp_path)
    found = {}
    for estimator, command in zip(("ml", "pls"), commands, strict=True):
        assert main(shlex.split(command.partition(" > ")[0])[3:]) == 0
        found[estimator] = json.loads(capsys.readouterr().out)
    stored = json.loads(files["pls.json"])
    for part, figure in (("paths", "std"), ("weights", "weight"), ("indices", "index"), ("loadings", "std")):
        given = [row[figure] for row in stored[part]]
        assert [row[figure] for row in found["pls"][part]] == pytest.approx(given, abs=1e-9)
    assert {row["low"] for row in found["pls"]["indices"]} == {None}
    near = [row["index"] for row in json.loads(files["ml.json"])["indices"]]
    assert [row["index"] for row in found["ml"]["indices"]] == pytest.approx(near, abs=0.5)
    few_withdrew_and_cannot_be_told(client, run)


def few_withdrew_and_cannot_be_told(client: Client, run: Run) -> None:
    """Moments less the answers that are left would be what one person had said."""
    withdrawal = {"survey": run.survey, "period": run.period}
    Withdrawal.objects.create(**withdrawal)
    files = files_of(client, run)
    assert not {"answers.csv", "moments.json"} & set(files) and "ml.json" in files
    assert "cannot be computed again" in " ".join(files["README.md"].split())
    Withdrawal.objects.bulk_create(Withdrawal(**withdrawal) for _more in range(29))
    assert "moments.json" in files_of(client, run)


# -- who may, and of what


def test_viewers_take_nothing_away(alice: Member) -> None:
    survey = published(alice, period_kind="waves")
    run = add_done_run(survey, survey.periods.create(name="2026"))
    page = f"/o/acme/surveys/{survey.public_id}/report/"
    for role, status in (("viewer", 403), ("analyst", 200)):
        client = signed_in(joined(alice, f"{role}@example.org", role))
        assert client.get(address_of(run)).status_code == status
        assert client.get(api_address_of(run)).status_code == status
        assert (address_of(run) in client.get(page).content.decode()) == (role == "analyst")


def test_nothing_is_taken_away_of_fewer_than_the_survey_shows(alice: Member) -> None:
    survey = published(alice, period_kind="waves", least_base_show=251)
    run, client = add_done_run(survey, survey.periods.create(name="2026")), signed_in(alice)
    assert client.get(address_of(run)).status_code == 403
    answer = client.get(api_address_of(run), headers={"accept": "application/zip"})
    assert answer.status_code == 403 and b"are told from 251 on" in answer.content
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/").content.decode()
    assert address_of(run) not in page


def test_a_run_that_is_not_done_is_no_folder(alice: Member) -> None:
    survey = published(alice, period_kind="waves")
    done = add_done_run(survey, survey.periods.create(name="2026"))
    run = queue.request(survey, done.period, done.measurement_key, "", Run.Trigger.MANAGER)
    client = signed_in(alice)
    for _status in ("queued", "cancelled"):
        assert client.get(address_of(run)).status_code == 302
        assert client.get(api_address_of(run)).status_code == 409
        cancel(run, None)


def test_a_run_of_another_survey_is_not_there(alice: Member) -> None:
    survey, other = published(alice, period_kind="waves"), published(alice, name="Other")
    run, client = add_done_run(survey, survey.periods.create(name="2026")), signed_in(alice)
    for address in (address_of(run), api_address_of(run)):
        moved = address.replace(survey.public_id, other.public_id)
        assert client.get(moved).status_code == 404
        assert client.get(moved.replace(run.public_id, "A" * 22)).status_code == 404
        assert client.post(address).status_code == 405


def test_the_folder_is_named_in_ascii(alice: Member) -> None:
    survey = published(alice, period_kind="waves", name="../Kunden & Gäste " + "x" * 90)
    run = add_done_run(survey, survey.periods.create(name="二〇二六"))
    run.segment, run.window = "region:north", 4
    assert folder_name(run) == f"kunden-gaste-{'x' * 27}-period-last-4-region-north-r1"
