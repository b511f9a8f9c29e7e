"""What must hold after every fault: each row has an end or waits for one, and was stored once."""

from collections import Counter

from django.db import connection

from localize.models import Explanation
from radgame.jobs import Job
from tests.factories import Said, make_case

from .endpoint import Endpoint, words_of
from .processes import wait_for

# Written by the database itself: what no process of the site can leave out.
STORED = """
CREATE TABLE stored (row bigint NOT NULL, text text NOT NULL);
CREATE FUNCTION remember_stored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stored VALUES (NEW.id, NEW.text);
  RETURN NEW;
END $$;
CREATE TRIGGER remember_stored AFTER UPDATE ON localize_explanation
  FOR EACH ROW WHEN (NEW.text <> OLD.text OR (NEW.state = 'done' AND OLD.state <> 'done'))
  EXECUTE FUNCTION remember_stored();
"""


def make_rows(count: int, **values: object) -> list[int]:
    """Explanations to be made, of one case; nobody has been told of them."""
    case = make_case(said=[Said("fracture", (10, 10, 50, 50))])
    finding = case.dataset.findings.get(slug="fracture")
    rows = Explanation.objects.bulk_create(
        Explanation(
            fingerprint=f"{case.pk:032d}{number:032d}",
            kind=Explanation.Kind.MISSED,
            case=case,
            finding=finding,
            film=case.images.get().token,
            **values,
        )
        for number in range(count)
    )
    return [row.pk for row in rows]


def states() -> Counter[str]:
    # Whatever the test did to PostgreSQL meanwhile.
    connection.close()
    return Counter(Explanation.objects.values_list("state", flat=True))


def wait_until_done(count: int, *, seconds: float) -> None:
    wait_for(
        lambda: states()[Job.State.DONE] == count,
        seconds=seconds,
        why=f"of {count} rows there are {dict(states())}",
    )


def audit(endpoint: Endpoint) -> None:
    """Nothing lost, nothing doubled, nothing made up.

    Of a row that is done, exactly one text was ever stored, and it is one that the model gave for
    this row. Nothing was stored for any other row. A row that is not done says so in full.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT row, text FROM stored")
        stored = [(int(row), str(text)) for row, text in cursor.fetchall()]
    assert max(Counter(row for row, _text in stored).values(), default=0) <= 1
    texts = dict(stored)
    said = {(asked.row, words_of(asked.row, asked.time)) for asked in endpoint.asked}
    for row in Explanation.objects.all():
        assert row.text == texts.get(row.pk, "")
        match row.state:
            case Job.State.DONE:
                assert (row.pk, row.text) in said
                assert row.finished_at is not None
                assert row.error == ""
            case Job.State.FAILED:
                assert row.error
                assert row.finished_at is not None
            case Job.State.WAITING:
                assert row.finished_at is None
            case Job.State.RUNNING:
                assert row.lease_until is not None
                assert row.claim is not None
        if row.state != Job.State.RUNNING:
            assert (row.claim, row.claimed_by, row.lease_until) == (None, "", None)
