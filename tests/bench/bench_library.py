"""Searches of the library at 100,000 cases, on the database of DATABASE_URL (PostgreSQL).

    DATABASE_URL=postgres://… python -m tests.bench.bench_library [--cases 100000] [--explain]

Makes a test database, fills it with rows without files, and asks for the search page as an
instructor does. Prints the median time of the whole answer, and of its slowest statement. Nothing
here is a test: figures depend on the machine, so they are recorded in docs/benchmarks.md.
"""

import argparse
import logging
import os
import re
import secrets
import statistics
import tempfile
import time
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "radgame.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
os.environ["RADGAME_VAR"] = tempfile.mkdtemp(prefix="radgame-bench-")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from radgame.accounts.models import Role, User  # noqa: E402
from radgame.cases.models import Finding, ReaderAgreement  # noqa: E402
from radgame.cases.services import load_taxonomy  # noqa: E402
from radgame.classroom.library.services import create_set  # noqa: E402

SEARCHES = [
    "",
    "page=20",
    "page=1000",
    "findings=pneumothorax",
    "findings=pneumothorax&findings=consolidation",
    "findings=pneumothorax&shows=normal",
    "dataset=nih-cxr14",
    "view=LATERAL",
    "shows=normal",
    "shows=abnormal",
    "play=localize&difficulty=hard",
    "play=localize&difficulty=medium",
    "play=report&difficulty=hard",
    "agreement=low",
    "agreement=high",
    "smallest=small",
    "smallest=middling",
    "smallest=large",
    "findings=pneumothorax&play=localize&difficulty=hard&view=AP&smallest=small&shows=abnormal",
    "findings=fracture&agreement=high&view=LATERAL&play=report",
    "set=SET&held=out&findings=pneumothorax",
]

# Three datasets in turn; one film in five is normal; one finding a film, the first ones more often;
# one case in ten was played; one film in fifty is lateral.
FILL = """
INSERT INTO cases_patient (id, dataset_id, key)
  SELECT n, (SELECT min(id) FROM cases_dataset) + n % 3, 'p' || n FROM generate_series(1, {n}) n;
INSERT INTO cases_study (id, patient_id, uid, sex, indication, comparison)
  SELECT n, n, 's' || n, '', '', '' FROM generate_series(1, {n}) n;
INSERT INTO cases_series (id, study_id, uid, modality)
  SELECT n, n, '1', 'DX' FROM generate_series(1, {n}) n;
INSERT INTO cases_image (id, series_id, sop_uid, token, view, rows, columns, bits_stored,
    photometric_interpretation, window_center, window_width, window_presets, fingerprint, rendition,
    preview, pixels)
  SELECT n, n, 'i' || n, md5(n::text),
    CASE WHEN n % 50 = 0 THEN 'LATERAL' WHEN n % 3 = 0 THEN 'AP' ELSE 'PA' END,
    2500, 2000, 12, 'MONOCHROME2', 2048, 4096,
    '[{{"name": "lung", "center": 1, "width": 2}}, {{"name": "full", "center": 1, "width": 2}}]',
    md5(n::text) || md5(n::text), 'r', 'films/' || md5(n::text) || '.webp',
    'films/' || md5(n::text) || '.rgf'
  FROM generate_series(1, {n}) n;
INSERT INTO cases_case (id, public_id, dataset_id, study_id, key, status, for_localize, for_report,
    is_normal, scored_findings, source_fingerprint, revision, created_at)
  SELECT n, gen_random_uuid(), (SELECT min(id) FROM cases_dataset) + n % 3, n, 'c' || n, 'ready',
    n % 4 <> 0, n % 4 = 0, CASE WHEN n % 5 = 0 THEN true WHEN n % 2 = 0 THEN false END,
    '["pneumothorax"]', '', 1, now()
  FROM generate_series(1, {n}) n;
INSERT INTO cases_caseimage (id, case_id, image_id, position)
  SELECT n, n, n, 0 FROM generate_series(1, {n}) n;
INSERT INTO cases_referencefinding (id, image_id, finding_id, source_label, sentence, sentence_es,
    locations, progression, explanation, explanation_source, located)
  SELECT n, n, (SELECT id FROM cases_finding ORDER BY id OFFSET
      floor(power(random(), 3) * (SELECT count(*) FROM cases_finding))::int + 0 * n LIMIT 1),
    'label', 'A sentence of some length as datasets have them.', '', '[]', '', '', '', true
  FROM generate_series(1, {n}) n WHERE n % 5 <> 0;
INSERT INTO cases_referencereader (id, dataset_id, name)
  SELECT row_number() OVER (), id, 'reader 1' FROM cases_dataset;
INSERT INTO cases_referenceregion (id, reference_finding_id, reader_id, x_min, y_min, x_max, y_max)
  SELECT n, n, 1, 100, 100, 100 + 20 + random() * 600, 100 + 20 + random() * 600
  FROM generate_series(1, {n}) n WHERE n % 5 <> 0;
INSERT INTO progress_caserating (case_id, game, scope, value, deviation, volatility, games,
    rated_at)
  SELECT n, CASE WHEN n % 4 = 0 THEN 'report' ELSE 'localize' END, '', 1300 + random() * 450, 80,
    0.06, 9, now() FROM generate_series(1, {n}) n WHERE n % 10 < 1;
ANALYZE;
"""


def fill(cases: int) -> None:
    load_taxonomy()
    for number, finding in enumerate(Finding.objects.all()):
        ReaderAgreement.objects.update_or_create(
            finding=finding,
            dataset=None,
            defaults={"pairs": 50, "median": 0.3 + number % 5 / 10, "threshold": 0.3},
        )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_dataset SET audience = 'signed_in'")
        cursor.execute(FILL.format(n=cases))


def measure(client: Client, query: str, explain: bool) -> None:
    times, slowest = [], (0.0, "")
    queries = 0
    for _turn in range(4):
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.get(f"/sets/search/?{query}")
            times.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{query}: {answer.status_code}")
        queries = len(asked)
        slowest = max((float(one["time"]), one["sql"]) for one in asked.captured_queries)
    [found] = re.findall(r'role="status">([^<]*)</h2>', answer.content.decode())
    print(
        f"{statistics.median(times) * 1000:6.0f} ms  {slowest[0] * 1000:6.0f} ms  "
        f"{queries:2d} queries  {found:>21}  {query or '(everything)'}",
        flush=True,
    )
    if explain and statistics.median(times) > 0.25:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN ANALYZE {slowest[1]}")
            print("\n".join(row[0] for row in cursor.fetchall()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": plain}}
    logging.disable(logging.INFO)
    warnings.simplefilter("ignore")
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        fill(options.cases)
        person = User.objects.create_user("instructor", role=Role.INSTRUCTOR)
        case_set = create_set(owner=person, title="Bench")
        client = Client()
        client.force_login(person, backend="radgame.accounts.backends.ReaderBackend")
        print("answer     slowest                        found  asked for")
        for query in SEARCHES:
            measure(client, query.replace("SET", case_set.slug), options.explain)
    finally:
        connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)


if __name__ == "__main__":
    main()
