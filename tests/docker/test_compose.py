"""The compose file holds together, hides nothing in a default, and gives no service too much."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from radgame.queues import GPU, LIMITS, QUICK
from tests.site.test_documents import environment_variables

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker" / "compose.yml"
EXAMPLE = ROOT / "docker" / "example.env"
TEXT = "\n".join(
    line
    for line in COMPOSE.read_text(encoding="utf-8").splitlines()
    if not line.lstrip().startswith("#")
)
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
SITE = ["beat", "migrate", "web", "worker-endpoint", "worker-gpu", "worker-quick"]
OF_COMPOSE = {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"}
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CONTAINERS = OPERATIONS.partition("\n## With containers\n")[2].partition("\n## ")[0]
# ${NAME…}; "$$" is a dollar for the shell in the container.
USED = re.compile(r"(?<!\$)\$\{(\w+)(:[?-])?([^}]*)\}")
REQUIRED = sorted({name for name, how, _rest in USED.findall(TEXT) if how == ":?"})
# Settled by the images, made from other variables, or of no use in a container.
NOT_PASSED_ON = {
    "BROKER_URL",
    "MEDIA_ROOT",
    "PROMETHEUS_MULTIPROC_DIR",
    "RADGAME_DEBUG",
    "RADGAME_PLAIN_STATIC",
    "RADGAME_PRODUCTION",
    "RADGAME_VAR",
    "STATIC_ROOT",
}


def compose() -> list[str] | None:
    """``docker compose`` where there is one, else the program of that name before it."""
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


PROGRAM = compose()
needs_compose = pytest.mark.skipif(
    PROGRAM is None, reason="neither docker compose nor docker-compose is on this machine"
)


def config(folder: Path, *options: str, **given: str) -> subprocess.CompletedProcess[str]:
    """``compose config`` with these variables and none of this machine's."""
    assert PROGRAM is not None
    nothing = folder / "nothing.env"
    nothing.touch()
    return subprocess.run(
        [*PROGRAM, "--env-file", str(nothing), "--file", str(COMPOSE), *options, "config"],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def filled() -> dict[str, str]:
    return {name: f"given{number}" for number, name in enumerate(REQUIRED)}


def lines_of(env_file: Path) -> dict[str, str]:
    lines = env_file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def seconds(duration: str) -> int:
    found = re.fullmatch(r"(\d+)s", duration)
    assert found, duration
    return int(found.group(1))


# --- as compose reads it ---------------------------------------------------------


@needs_compose
def test_compose_accepts_the_file(tmp_path: Path) -> None:
    done = config(tmp_path, "--profile", "gpu", "--profile", "endpoint", **filled())
    assert done.returncode == 0, done.stderr
    told = yaml.safe_load(done.stdout)
    assert sorted(told["services"]) == sorted(SERVICES)
    assert told["services"]["web"]["environment"]["SECRET_KEY"] == filled()["SECRET_KEY"]


@needs_compose
@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_compose_refuses_a_secret_that_is_missing_and_names_it(
    name: str, value: str | None, tmp_path: Path
) -> None:
    given = filled()
    del given[name]
    if value is not None:
        given[name] = value
    done = config(tmp_path, **given)
    assert done.returncode != 0
    assert f"set {name}" in done.stderr


@needs_compose
def test_the_example_filled_in_is_accepted(tmp_path: Path) -> None:
    given = {name: value or f"given-{name.lower()}" for name, value in lines_of(EXAMPLE).items()}
    given["RADGAME_BIND"] = "127.0.0.1:8080"
    assert config(tmp_path, **given).returncode == 0


@needs_compose
def test_the_example_with_only_what_is_required_is_accepted(tmp_path: Path) -> None:
    # A variable that is set and empty must count as one that is not set.
    given = {**lines_of(EXAMPLE), **filled()}
    done = config(tmp_path, **given)
    assert done.returncode == 0, done.stderr
    web = yaml.safe_load(done.stdout)["services"]["web"]
    assert "127.0.0.1" in str(web["ports"])
    assert str(web["environment"]["TRUSTED_PROXY_COUNT"]) == "1"


# --- as written ------------------------------------------------------------------


def test_what_must_be_set_is_every_secret_and_what_no_site_can_guess() -> None:
    assert REQUIRED == [
        "ALLOWED_HOSTS",
        "EMAIL_URL",
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "SECRET_KEY",
    ]


def test_no_secret_has_a_default_or_a_value() -> None:
    for name, how, rest in USED.findall(TEXT):
        assert how in {":?", ":-"}, f"${{{name}}} would be empty without a word"
        assert rest, name
        assert how == ":?" or not re.search("KEY|PASSWORD|SECRET|TOKEN|URL", name)
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if re.search("KEY|PASSWORD|SECRET|TOKEN|AUTH", name):
                assert value is None or re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), name


def test_every_variable_of_compose_is_told_of_and_in_the_example() -> None:
    example = lines_of(EXAMPLE)
    used = {name for name, _how, _rest in USED.findall(TEXT)}
    assert [name for name in sorted(used) if f"`{name}`" not in OPERATIONS] == []
    assert sorted(used) == sorted(set(example) - OF_COMPOSE)
    assert set(example.values()) == {"", "radgame"}


def test_every_setting_reaches_the_site_in_its_containers() -> None:
    passed = set(SERVICES["web"]["environment"])
    assert sorted(set(environment_variables()) - passed - NOT_PASSED_ON) == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_checked_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    check = service["healthcheck"]
    if check.get("disable"):
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert seconds(check["timeout"]) < seconds(check["interval"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_held_in(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_the_site_alone_is_published_and_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["${RADGAME_BIND:-127.0.0.1:8000}:8000"]}


def test_database_and_broker_are_cut_off_from_the_world() -> None:
    networks = yaml.safe_load(TEXT)["networks"]
    assert networks["inside"] == {"internal": True}
    for name, service in SERVICES.items():
        expected = ["inside", "outside"] if name in SITE else ["inside"]
        assert service["networks"] == expected, name


def test_everything_of_the_site_waits_for_the_tables() -> None:
    for name in set(SITE) - {"migrate"}:
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }


def test_only_the_web_service_may_write_films() -> None:
    mounts = {name: SERVICES[name].get("volumes", []) for name in SITE}
    assert mounts == {
        "beat": [],
        "migrate": [],
        "web": ["films:/var/lib/radgame"],
        "worker-endpoint": ["films:/var/lib/radgame:ro"],
        "worker-quick": ["films:/var/lib/radgame:ro"],
        "worker-gpu": ["films:/var/lib/radgame:ro", "weights:/var/lib/weights"],
    }


def test_a_worker_is_given_the_time_to_finish_its_task() -> None:
    for name, queue in (("worker-quick", QUICK), ("worker-gpu", GPU), ("worker-endpoint", GPU)):
        service = SERVICES[name]
        assert service["command"].startswith(f"celery -A radgame worker -Q {queue} ")
        assert seconds(service["stop_grace_period"]) > LIMITS[queue].hard_s


def test_the_gpu_worker_asks_for_one_card_and_runs_one_task() -> None:
    gpu = SERVICES["worker-gpu"]
    assert gpu["profiles"] == ["gpu"]
    assert " --concurrency 1 " in gpu["command"]
    [device] = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}


def test_a_model_behind_an_address_needs_no_card() -> None:
    assert SERVICES["worker-endpoint"]["profiles"] == ["endpoint"]
    assert "deploy" not in SERVICES["worker-endpoint"]
    assert SERVICES["worker-endpoint"]["image"] == SERVICES["web"]["image"]


def test_workers_go_first_when_memory_is_short() -> None:
    first = {name for name, service in SERVICES.items() if "oom_score_adj" in service}
    assert first == {name for name in SITE if name.startswith("worker-")}


def commands_told() -> list[list[str]]:
    """What the document has typed after ``docker compose -f docker/compose.yml``."""
    blocks = re.findall(r"```console\n(.*?)```", CONTAINERS, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    start = "$ docker compose -f docker/compose.yml "
    return [line.removeprefix(start).split() for line in lines if line.startswith(start)]


def test_the_commands_of_the_document_name_what_is_always_there() -> None:
    # A service of a profile that is off is unknown to compose, and would be left running besides.
    always = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert {words[0] for words in commands_told()} >= {"build", "down", "exec", "run", "up"}
    for words in commands_told():
        named = {word for word in words[1:] if word in SERVICES}
        assert named <= always, words
        assert "--profile" not in words, words
        assert bool(named) or words[0] in {"build", "config", "down", "up"}, words


def test_nothing_of_the_old_version_runs_while_the_tables_are_changed() -> None:
    _rest, _told, upgrade = CONTAINERS.partition("**To upgrade**")
    assert re.findall(r"compose\.yml (build|down|up)", upgrade) == ["build", "down", "up"]


def test_the_broker_keeps_what_it_has_and_drops_nothing() -> None:
    command = SERVICES["redis"]["command"][-1]
    assert "appendonly yes\n" in command
    assert "maxmemory-policy noeviction\n" in command
    assert SERVICES["redis"]["volumes"] == ["broker:/data"]


def test_every_image_of_others_is_pinned_to_a_release() -> None:
    others = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert len(others) == 2
    for image in others:
        assert re.fullmatch(r"[a-z]+:\d+(\.\d+)?-bookworm", image), image


def test_every_image_of_ours_has_a_file_that_makes_it() -> None:
    made = {s["image"]: s["build"]["dockerfile"] for s in SERVICES.values() if "build" in s}
    assert made == {
        "radgame-web": "docker/web.Dockerfile",
        "radgame-gpu-worker": "docker/gpu-worker.Dockerfile",
    }
    assert all((ROOT / name).exists() for name in made.values())
