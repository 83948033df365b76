"""Blocks and sums are at every moment what the answers give, however these came and went."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.instrument import Instrument
from surveys.blocks import packing, reading
from surveys.blocks.folding import COLUMNS, fold, packed_rows, rebuild
from surveys.blocks.layout import LEAST_REASON, NOT_ASKED, REASONS, columns_of, columns_under_key
from surveys.blocks.tally import from_bytes, no_tally, tally, to_bytes, total
from surveys.blocks.verifying import verify
from surveys.models import AnswerAudit, AnswerBlock, AnswerGroups, AnswerSums, Response, Survey, Withdrawal
from surveys.periods import period_of_day
from surveys.responses.exclusions import exclude, readmit
from surveys.responses.keys import withdrawal_digest
from surveys.responses.withdrawing import withdraw
from surveys.selectors import bases, columns_from, item_columns, item_sums
from surveys.tasks import audit_answers, fold_answers
from tests.cast import REGION, owner_of, published

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 10, 12, tzinfo=UTC)
GIVEN = [*range(1, 11), None, "dk"]


@pytest.fixture
def survey() -> Survey:
    return published(owner_of("acme", "alice@example.org"), segments=[REGION])


def answered(survey: Survey, n: int, seed: int = 1, days: int = 2, code: str = "") -> list[Response]:
    """`n` finished answers, some with gaps, over some days and both regions."""
    version = survey.current_version
    assert version
    rng = np.random.default_rng(seed)
    made = []
    for number in range(n):
        at = START + timedelta(days=int(rng.integers(days)))
        answers = {one: GIVEN[rng.integers(len(GIVEN))] for one in items(survey)}
        period = period_of_day(survey, at.date())
        made.append(
            Response(
                survey=survey, version=version, period=period, state="finished", language="en",
                answers=answers, finished_at=at,
                segments={"region": ["north", "south"][rng.integers(2)]} if number % 5 else {},
                withdrawal_digest=withdrawal_digest(f"{code}{number}") if code else None,
            )
        )  # fmt: skip
    return Response.objects.bulk_create(made)


def items(survey: Survey) -> tuple[str, ...]:
    version = survey.current_version
    assert version
    return columns_of(version.content.instruments.values()).codes


def key_of(survey: Survey) -> str:
    return str(survey.versions.get().uses.get().measurement_key)


def sums_of(survey: Survey, segment: str = ""):
    use = survey.versions.get().uses.get()
    return item_sums(survey, use.instrument, use.measurement_key, list(survey.periods.all()), segment)


def all_of(sums):
    """Everything but the groups, which need to be compared entry by entry, and these as lists."""
    groups = [array.tolist() for array in (sums.groups.n, sums.groups.first, sums.groups.second)]
    return sums.n, sums.applying, sums.missing, sums.fingerprint, groups


def columns(survey: Survey, segment: str = ""):
    use = survey.versions.get().uses.get()
    return item_columns(survey, use.instrument, use.measurement_key, list(survey.periods.all()), segment)


packed = arrays(
    np.uint8,
    st.tuples(st.integers(1, 6), st.integers(0, 30)),
    elements=st.integers(0, 255).filter(lambda one: one <= 200 or one >= NOT_ASKED),
)


@given(packed, st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_tallies_add_up_subtract_and_survive_being_packed(codes, cut) -> None:
    whole, first, second = tally(codes), tally(codes[:, :cut]), tally(codes[:, cut:])
    assert whole == first + second == second + first
    assert whole - first == second and whole - whole == no_tally(len(codes))
    assert from_bytes(to_bytes(whole)) == whole
    assert total([to_bytes(first), to_bytes(second)], len(codes)) == whole


@given(packed, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_fingerprint_is_of_the_set_of_answers(codes, order) -> None:
    names = [f"i{n}" for n in range(len(codes))]
    places = list(range(codes.shape[1]))
    order.shuffle(places)
    assert tally(codes[:, places]).fingerprint(names) == tally(codes).fingerprint(names)
    if codes.size:
        other = codes.copy()
        other[0, 0] = 7 if codes[0, 0] != 7 else 8
        assert tally(other).fingerprint(names) != tally(codes).fingerprint(names)


def test_answers_fold_into_blocks_by_day_and_say_what_the_responses_say(survey: Survey) -> None:
    answered(survey, 60)
    found = columns(survey)
    assert found.values.shape == (60, 24) and AnswerBlock.objects.count() == 2
    stored = Response.objects.order_by("block_id", "pk").values_list("answers", flat=True)
    codes = [f"ecsi.{item}" for item in found.items]
    assert sorted(codes) == sorted(items(survey))
    expected = [[answers.get(code) for code in codes] for answers in stored]
    for row, own in zip(found.values, expected, strict=True):
        for value, one in zip(row, own, strict=True):
            assert (np.isnan(value) and one in (None, "dk")) or value == one
    gaps = sum(one is None for own in expected for one in own)
    assert sum(why.get("skipped", 0) for why in found.missing.values()) == gaps > 0
    in_north = Response.objects.filter(segments__region="north").count()
    assert len(columns(survey, "region:north").values) == in_north
    assert len(columns(survey, "region:nowhere").values) == 0


def test_versions_that_ask_in_another_order_are_pooled_by_code(survey: Survey) -> None:
    """Under one measurement key the order of the questions may change; nobody's answer may change places."""
    first = survey.current_version
    assert first
    instrument = first.content.instruments["ecsi"]
    turned = replace(instrument, sections=tuple(reversed(instrument.sections)))
    assert turned.measurement_key() == instrument.measurement_key()
    assert [one.code for one in turned.items] != [one.code for one in instrument.items]
    answers = {f"ecsi.{item.code}": place % 10 + 1 for place, item in enumerate(instrument.items)}
    packed_twice = [own_rows_of(one, [answers]) for one in (instrument, turned)]
    assert np.array_equal(*packed_twice)
    shown = columns_from(turned, packed_twice[0])
    assert dict(zip(shown.items, shown.values[0], strict=True)) == {
        code.partition(".")[2]: value for code, value in answers.items()
    }


def own_rows_of(instrument: Instrument, answers: list[dict[str, int]]) -> np.ndarray:
    """As a version that asks this instrument alone packs the answers, and as they are read under its key."""
    whole, own = columns_of([instrument]), columns_under_key(instrument)
    return whole.encoded(answers)[whole.places(own.codes)]


def test_each_reason_why_there_is_no_answer_is_kept_apart(survey: Survey) -> None:
    code = items(survey)[0]
    made = answered(survey, 5)
    for response, value in zip(made, [None, "dk", "na", "hidden", "gone"], strict=True):
        response.answers[code] = value
        if value == "gone":
            del response.answers[code]
        response.save()
    found = columns(survey)
    assert found.missing[code.partition(".")[2]] == dict.fromkeys(REASONS.values(), 1)
    assert found.applies.sum() == 2
    assert sums_of(survey).applying == 2 and sums_of(survey).missing == found.missing


def test_folding_again_changes_nothing(survey: Survey) -> None:
    answered(survey, 30)
    assert fold(survey) == 30 and fold(survey) == 0
    before = list(AnswerBlock.objects.values_list("pk", "codes"))
    assert fold(survey) == 0 and list(AnswerBlock.objects.values_list("pk", "codes")) == before


def test_a_block_is_full_at_its_largest_size(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveys.blocks.folding.LARGEST", 16)
    answered(survey, 40, days=1)
    fold(survey)
    assert sorted(AnswerBlock.objects.values_list("n", flat=True)) == [8, 16, 16]
    answered(survey, 10, seed=2, days=1)
    fold(survey)
    assert sorted(AnswerBlock.objects.values_list("n", flat=True)) == [2, 16, 16, 16]
    assert verify(survey).differences == []


@pytest.mark.parametrize("days", [1, 3])
def test_sums_are_those_of_the_rows_in_every_segment_and_window(survey: Survey, days: int) -> None:
    answered(survey, 500, days=days)
    fold(survey)
    assert AnswerSums.objects.exclude(sums=b"").exists()
    assert AnswerSums.objects.filter(sums=b"").exists() == (days == 3)  # of a few rows none are kept
    for segment in ("", "region:north", "region:south"):
        summed, rows = sums_of(survey, segment), columns(survey, segment)
        assert summed.n == len(rows.values) > 0
        assert summed.missing == rows.missing and summed.fingerprint == rows.fingerprint
    one_day = reading.tally_of_days(survey, key_of(survey), START.date(), START.date(), "", 24)
    assert one_day.n == Response.objects.filter(finished_at__date=START.date()).count()


def test_what_is_taken_out_or_back_leaves_no_trace(survey: Survey) -> None:
    made = answered(survey, 240, days=1, code="w")
    reading.groups(survey, key_of(survey), list(survey.periods.all()), "", 24)
    fold(survey)
    whole = all_of(sums_of(survey))
    others = answered(survey, 20, seed=9, days=1)
    for one in others[:10]:
        exclude(one, "a test", None)
    fold(survey)
    for one in others:
        exclude(one, "a test", None)
    assert all_of(sums_of(survey)) == whole and len(columns(survey).values) == 240
    for one in others:
        readmit(one, None)
    assert sums_of(survey).n == 260
    for one in others:
        exclude(one, "a test", None)
    assert all_of(sums_of(survey)) == whole
    assert withdraw("w3") and not withdraw("w3")
    assert sums_of(survey).n == 239 and made[3].pk not in Response.objects.values_list("pk", flat=True)
    assert verify(survey).differences == []


def test_what_was_withdrawn_is_erased_from_the_blocks_in_the_same_transaction(survey: Survey) -> None:
    made = answered(survey, 3, code="w")
    fold(survey)
    assert withdraw("w1") and Withdrawal.objects.count() == 1
    keys = [key for block in AnswerBlock.objects.all() for key in packing.unpacked(block).keys]
    assert sorted(keys) == [made[0].pk, made[2].pk]
    assert withdraw("w0") and withdraw("w2")
    assert not AnswerBlock.objects.exists() and not AnswerSums.objects.exists()


def test_sums_over_random_groups_are_kept_up_to_date(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveys.blocks.reading.LARGE", 50)
    version = survey.current_version
    assert version
    answered(survey, 120, days=1)
    Response.objects.update(answers=dict.fromkeys(items(survey), 4))
    fold(survey)
    periods = list(survey.periods.all())
    first = reading.groups(survey, key_of(survey), periods, "region:north", 24)
    assert AnswerGroups.objects.count() == 1
    later = answered(survey, 60, seed=5, days=1)
    fold(survey)
    exclude(later[0], "a test", None)
    fold(survey)
    kept = reading.groups(survey, key_of(survey), periods, "region:north", 24)
    AnswerGroups.objects.all().delete()
    again = reading.groups(survey, key_of(survey), periods, "region:north", 24)
    assert (kept.n == again.n).all() and (kept.second == again.second).all()
    before = Response.objects.order_by("pk").values_list("segments__region", flat=True)[:120]
    assert kept.n.sum() >= first.n.sum() == list(before).count("north")


def test_bases_count_what_is_folded_and_what_is_not_yet(survey: Survey) -> None:
    answered(survey, 10, days=1)
    key, period = key_of(survey), survey.periods.get().pk
    assert bases(survey)[key, period].included == 10
    fold(survey)
    made = answered(survey, 4, seed=2, days=1)
    exclude(Response.objects.order_by("pk")[0], "a test", None)  # in a block still
    exclude(made[0], "a test", None)  # in none yet
    base = bases(survey)[key, period]
    assert (base.included, base.excluded) == (12, 2)
    fold(survey)
    assert bases(survey)[key, period] == base


def test_started_and_placeless_answers_are_in_no_block(survey: Survey) -> None:
    made = answered(survey, 3)
    Response.objects.filter(pk=made[0].pk).update(state="started", finished_at=None)
    Response.objects.filter(pk=made[1].pk).update(period=None)
    assert fold(survey) == 1 and len(columns(survey).values) == 1


def test_the_day_is_the_organisations(survey: Survey) -> None:
    survey.organisation.time_zone = "Asia/Taipei"
    survey.organisation.save()
    [late] = answered(survey, 1, days=1)
    Response.objects.filter(pk=late.pk).update(finished_at=datetime(2026, 3, 10, 16, 30, tzinfo=UTC))
    fold(survey)
    assert AnswerBlock.objects.get().day.isoformat() == "2026-03-11"


def test_a_segment_question_may_have_any_code(survey: Survey) -> None:
    version = survey.current_version
    assert version
    rows = [
        (1, version.pk, 1, timezone.now(), "en", {"region": "north"}, {}),
        (2, version.pk, 1, None, "", {}, {}),
    ]
    held = packed_rows(version, rows)
    assert held.values(packing.LANGUAGE) == ["en", ""] and held.values("region") == ["north", ""]
    assert held.values("other") == ["", ""] and list(held.segments()) == [":en", "region:north"]
    assert (held.codes == NOT_ASKED).all() and NOT_ASKED == LEAST_REASON and len(COLUMNS) == 7


def test_a_changed_answer_and_changed_sums_are_found_and_mended(survey: Survey) -> None:
    answered(survey, 150, days=1)
    fold(survey)
    assert verify(survey).differences == []
    row = Response.objects.order_by("pk")[0]
    row.answers[items(survey)[0]] = 1 if row.answers[items(survey)[0]] != 1 else 2
    row.save()
    assert any("answers" in one for one in verify(survey).differences)
    rebuild(survey)
    fold(survey)
    assert verify(survey).differences == []
    cell = AnswerSums.objects.exclude(sums=b"")[0]
    AnswerSums.objects.filter(pk=cell.pk).update(sums=to_bytes(from_bytes(cell.sums) + from_bytes(cell.sums)))
    assert len(verify(survey).differences) == 1
    AnswerSums.objects.filter(pk=cell.pk).delete()
    assert len(verify(survey).differences) == 1


def test_the_command_reports_differences_and_repairs_them(survey: Survey, capsys) -> None:
    answered(survey, 150, days=1)
    call_command("verify_moments")
    assert "1 blocks and 4 sums, 0 differences" in capsys.readouterr().out
    AnswerSums.objects.filter(segment="").update(n=7)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_moments", survey.public_id)
    assert ended.value.code == 1
    assert "everybody" in (said := capsys.readouterr().out) and "7 answers, the blocks 150" in said
    call_command("verify_moments", survey.public_id, "--repair")
    assert "made anew" in capsys.readouterr().out
    call_command("verify_moments")
    with pytest.raises(CommandError, match="none with the id 'nowhere'"):
        call_command("verify_moments", "nowhere")


def test_the_nightly_audit_keeps_its_verdict(survey: Survey) -> None:
    answered(survey, 40)
    fold_answers()
    audit_answers()
    sound = AnswerAudit.objects.get()
    assert (sound.blocks, sound.sums, sound.differences) == (2, 8, [])
    AnswerBlock.objects.all().delete()
    audit_answers()
    assert len(AnswerAudit.objects.first().differences) == 8
