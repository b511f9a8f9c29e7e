"""Films in S3-compatible storage behave as films in a folder do, and no film gets an address."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from moto import mock_aws
from pytest_django import Settings

from radgame.accounts.models import User
from radgame.cases import services
from radgame.cases.importers import demo as drawn
from radgame.cases.models import Audience, Case, Image
from radgame.storage import FilmStorage
from tests.cases.importing import import_dataset
from tests.conftest import client_of

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
OPTIONS: dict[str, Any] = {
    "bucket_name": "films-of-a-department",
    "location": "radgame/site",
    "region_name": REGION,
    "access_key": "tests",
    "secret_key": "no secret",
}


def use(settings: Settings, **options: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "radgame.storage.FilmStorage",
            "OPTIONS": {**OPTIONS, **options},
        },
    }


@pytest.fixture
def bucket(settings: Settings) -> Iterator[Any]:
    """An empty bucket in the memory of this process, and a site that keeps its films there."""
    use(settings)
    with mock_aws():
        made = boto3.resource("s3", region_name=REGION).create_bucket(
            Bucket=OPTIONS["bucket_name"],
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )
        yield made


@pytest.fixture
def demo(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> Case:
    """The first case of the demo, drawn small and imported into the bucket."""
    small = tuple(replace(recipe, scale=0.25) for recipe in drawn.DEMO_RECIPES[:1])
    monkeypatch.setattr(drawn, "DEMO_RECIPES", small)
    services.load_taxonomy()
    import_dataset("demo")
    return Case.objects.get(dataset__slug="demo")


def keys(bucket: Any) -> list[str]:
    return sorted(thing.key for thing in bucket.objects.all())


def address_of(film: Image, what: str) -> str:
    return f"/films/{film.token}/{film.rendition}/{what}"


@pytest.mark.django_db
def test_a_demo_case_is_imported_into_the_bucket_and_served_from_it(
    demo: Case, bucket: Any, client: Client, settings: Settings
) -> None:
    film = demo.images.get()
    assert keys(bucket) == sorted(
        f"radgame/site/{name}" for name in (film.preview.name, film.pixels.name)
    )
    assert not Path(settings.MEDIA_ROOT).exists()
    for what, stored, content_type in (
        ("preview.webp", film.preview, "image/webp"),
        ("pixels", film.pixels, "application/octet-stream"),
    ):
        response = client.get(address_of(film, what))
        content = bucket.Object(f"radgame/site/{stored.name}").get()["Body"].read()
        assert response.status_code == 200
        assert b"".join(response) == content
        assert response["Content-Type"] == content_type
        assert response["Content-Length"] == str(len(content))
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert "Content-Disposition" not in response
        # Neither a header nor a redirect may tell where the film lies.
        assert "amazonaws" not in str(response.headers)


@pytest.mark.django_db
def test_a_film_in_the_bucket_is_for_who_may_see_the_case_alone(
    demo: Case, alice: User, client: Client
) -> None:
    film = demo.images.get()
    demo.dataset.audience = Audience.SIGNED_IN
    demo.dataset.save()
    assert client.get(address_of(film, "preview.webp")).status_code == 404
    response = client_of(alice).get(address_of(film, "preview.webp"))
    assert response.status_code == 200
    assert b"".join(response)


@pytest.mark.django_db
def test_one_request_fetches_a_film_and_it_is_not_kept(demo: Case, client: Client) -> None:
    asked: list[str] = []
    events = default_storage.connection.meta.client.meta.events
    events.register("before-call.s3", lambda model, **_rest: asked.append(model.name))
    response = client.get(address_of(demo.images.get(), "pixels"))
    b"".join(response)
    assert asked == ["GetObject"]


@pytest.mark.django_db
def test_a_second_import_replaces_nothing_and_a_failed_one_leaves_nothing(
    demo: Case, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys(bucket)
    assert import_dataset("demo")["unchanged"][0] == 1
    assert keys(bucket) == before

    def broken(*_args: object) -> None:
        raise RuntimeError("the database went away")

    Case.objects.all().delete()
    Image.objects.all().delete()
    monkeypatch.setattr(services, "_write_rows", broken)
    with pytest.raises(RuntimeError, match="went away"):
        import_dataset("demo")
    assert keys(bucket) == before


@pytest.mark.django_db
def test_the_health_check_writes_to_the_bucket_and_tidies_up(bucket: Any, client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()["storage"]) == (200, "ok")
    assert keys(bucket) == []


@pytest.mark.django_db
def test_a_bucket_that_is_not_there_is_said(
    bucket: Any, client: Client, settings: Settings
) -> None:
    use(settings, bucket_name="no-such-bucket")
    response = client.get("/healthz")
    assert (response.status_code, response.json()["storage"]) == (503, "failing")


@pytest.mark.django_db
def test_a_store_that_does_not_answer_is_said(
    bucket: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_args: object, **_rest: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://films.example.org")

    default_storage.connection.meta.client.meta.events.register("before-call.s3", silent)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["storage"]) == (503, "failing")


def test_a_film_that_is_gone_is_a_missing_file(bucket: Any) -> None:
    with pytest.raises(FileNotFoundError, match="films/gone"):
        default_storage.open("films/gone.webp")
    assert not default_storage.exists("films/gone.webp")
    default_storage.delete("films/gone.webp")


@pytest.mark.django_db
def test_a_film_can_be_opened_again_as_in_a_folder(demo: Case) -> None:
    film = demo.images.get()
    read = []
    for _time in range(2):
        with film.pixels.open("rb") as file:
            read.append(file.read())
    assert read[0] == read[1] != b""


def test_a_connection_that_breaks_while_a_film_is_read_is_an_os_error(bucket: Any) -> None:
    name = default_storage.save("films/a.webp", ContentFile(b"one"))

    def broken(*_args: object) -> bytes:
        raise ReadTimeoutError(endpoint_url="https://films.example.org")

    with default_storage.open(name) as file:
        file.file.read = broken
        with pytest.raises(OSError, match=r"did not answer for films/a\.webp"):
            file.read()


def test_a_name_is_never_written_over(bucket: Any) -> None:
    first = default_storage.save("films/a.webp", ContentFile(b"one"))
    second = default_storage.save("films/a.webp", ContentFile(b"two"))
    assert first != second
    with default_storage.open(first) as file:
        assert (file.size, file.read()) == (3, b"one")


def test_no_film_has_an_address_of_its_own(bucket: Any) -> None:
    name = default_storage.save("films/a.webp", ContentFile(b"one"))
    with pytest.raises(ValueError, match="who may see the case"):
        default_storage.url(name)


def test_what_the_site_stores_is_not_public(bucket: Any) -> None:
    name = default_storage.save("films/a.webp", ContentFile(b"one"))
    grants = bucket.Object(f"radgame/site/{name}").Acl().grants
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def test_films_are_opened_for_reading_only(bucket: Any) -> None:
    with pytest.raises(ValueError, match="mode 'wb'"):
        default_storage.open("films/a.webp", "wb")


# --- the setting ----------------------------------------------------------------

SHOW = "from radgame import settings; print(settings.STORAGES['default'])"
WITHOUT_PACKAGE = (
    "import importlib.util as u; find = u.find_spec;"
    "u.find_spec = lambda name, package=None: None if name == 'storages' else find(name, package);"
)


def start(code: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The settings, read by a fresh process under these variables."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("RADGAME_", "AWS_"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**clean, "RADGAME_VAR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_folder_is_the_default(tmp_path: Path) -> None:
    shown = start(SHOW, tmp_path).stdout
    assert shown == "{'BACKEND': 'django.core.files.storage.FileSystemStorage'}\n"


def test_bucket_prefix_endpoint_and_keys_come_from_the_environment(tmp_path: Path) -> None:
    shown = start(
        SHOW,
        tmp_path,
        RADGAME_MEDIA="s3://films/a/b/",
        RADGAME_S3_ENDPOINT="https://store.example.org",
        RADGAME_S3_REGION="eu-central-2",
        RADGAME_S3_ACCESS_KEY="key",
        RADGAME_S3_SECRET_KEY="secret",
    ).stdout
    assert shown == (
        "{'BACKEND': 'radgame.storage.FilmStorage', 'OPTIONS': {'bucket_name': 'films', "
        "'location': 'a/b', 'endpoint_url': 'https://store.example.org', "
        "'region_name': 'eu-central-2', 'access_key': 'key', 'secret_key': 'secret'}}\n"
    )


def test_without_keys_of_its_own_the_standard_variables_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from the environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "also")
    storage = FilmStorage(bucket_name="films")
    credentials = storage.connection.meta.client._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key) == ("from the environment", "also")


@pytest.mark.parametrize(
    ("code", "environment", "sentence"),
    [
        (SHOW, {"RADGAME_MEDIA": "/srv/films"}, "A folder is named by MEDIA_ROOT."),
        (SHOW, {"RADGAME_MEDIA": "s3:///prefix"}, "it must be s3://bucket or s3://bucket/prefix"),
        (
            SHOW,
            {"RADGAME_MEDIA": "s3://films", "RADGAME_S3_ACCESS_KEY": "key"},
            "Set both RADGAME_S3_ACCESS_KEY and RADGAME_S3_SECRET_KEY, or neither.",
        ),
        (
            WITHOUT_PACKAGE + SHOW,
            {"RADGAME_MEDIA": "s3://films"},
            "pip install -r requirements/production.txt",
        ),
    ],
    ids=["a folder", "no bucket", "half a key", "no package"],
)
def test_a_setting_that_cannot_work_is_refused_with_a_sentence(
    code: str, environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    done = start(code, tmp_path, **environment)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert sentence in last
