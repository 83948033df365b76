"""Ids that are shown outside."""

from surveys.models.fields import public_id


def test_an_id_fits_its_address_and_is_never_taken_for_an_option() -> None:
    made = {public_id() for _ in range(2_000)}
    assert len(made) == 2_000
    assert all(
        len(one) == 22 and one[0].isalnum() and one.replace("-", "").replace("_", "").isalnum()
        for one in made
    )
