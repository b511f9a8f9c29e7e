"""What the documents say is held to the code: names, links, and examples that are run."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from radgame.cases.taxonomy import load_datasets
from scoring.localization import SCORER_VERSION, score_line

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
DECISIONS = sorted((DOCS / "adr").glob("*.md"))
DOCUMENTS = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "static" / "js" / "README.md",
    *sorted(DOCS.rglob("*.md")),
]

# Two fences that follow one another: a line for score_boxes, and the line it answers.
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def examples_in(path: Path) -> list[tuple[str, str]]:
    """Each line for score_boxes in a document, with the answer printed below it."""
    fences = [
        (language, body.strip())
        for language, body in FENCE.findall(path.read_text(encoding="utf-8"))
        if language in {"jsonl", "json"}
    ]
    assert [language for language, _body in fences] == ["jsonl", "json"] * (len(fences) // 2)
    bodies = [body for _language, body in fences]
    return list(zip(bodies[::2], bodies[1::2], strict=True))


def environment_variables() -> list[str]:
    source = text_of("radgame/settings.py")
    read = re.findall(r"\benv\.\w+\(\s*\"([A-Z0-9_]+)\"", source)
    return sorted({*read, *re.findall(r"\"([A-Z_]+)\" in env\.ENVIRON", source)})


def management_commands() -> list[str]:
    folders = [ROOT / "radgame", ROOT / "localize", ROOT / "report"]
    return sorted(
        path.stem
        for folder in folders
        for path in folder.rglob("management/commands/*.py")
        if not path.stem.startswith("_")
    )


def layers() -> list[str]:
    settings = tomllib.loads(text_of("pyproject.toml"))
    [contract] = [
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    ]
    return [name.strip() for layer in contract["layers"] for name in layer.split("|")]


def packages() -> list[str]:
    lines = text_of("requirements/base.txt").splitlines()
    return [line.split("==")[0] for line in lines if "==" in line]


def production_packages() -> list[str]:
    lines = text_of("requirements/production.txt").splitlines()
    return sorted({line.split("==")[0] for line in lines if "==" in line} - set(packages()))


def optional_packages() -> list[str]:
    lines = text_of("requirements/models.in").splitlines()
    return [line.split("==")[0] for line in lines if line and line[0] not in "#-"]


def test_the_settings_are_found_in_the_source() -> None:
    found = environment_variables()
    assert {"SECRET_KEY", "DATABASE_URL", "RADGAME_MAX_PIXELS"} <= set(found)


@pytest.mark.parametrize("name", environment_variables())
def test_every_variable_of_the_settings_has_a_row_in_operations(name: str) -> None:
    assert f"| `{name}` |" in text_of("docs/operations.md")


def test_operations_tells_of_no_variable_that_the_settings_do_not_read() -> None:
    told = re.findall(r"^\| `([A-Z0-9_]+)` \|", text_of("docs/operations.md"), re.MULTILINE)
    assert sorted(told) == environment_variables()


def test_the_commands_are_found_in_the_source() -> None:
    assert {"rescore", "score_boxes", "purge_guests", "prepare"} <= set(management_commands())


@pytest.mark.parametrize("name", management_commands())
def test_every_management_command_is_told_of(name: str) -> None:
    told = text_of("README.md") + text_of("docs/operations.md")
    assert re.search(rf"\b{name}\b", told)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_file_a_document_links_to_exists(path: Path) -> None:
    targets = [
        target.split("#")[0]
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "#"))
    ]
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert missing == []


def test_the_readme_links_to_every_document() -> None:
    told = text_of("README.md")
    assert [p.name for p in sorted(DOCS.glob("*.md")) if f"(docs/{p.name})" not in told] == []


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_every_decision_has_its_parts_in_order(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    number = int(path.name.split("-")[0])
    assert text.startswith(f"# {number}. ")
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.search(r"^Status: (accepted|superseded by .+)$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Alternatives rejected",
        "Consequences",
    ]


def test_no_two_decisions_share_a_number() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("name", layers())
def test_every_layer_of_the_import_contract_is_in_the_architecture(name: str) -> None:
    assert f"`{name}`" in text_of("docs/architecture.md")


def test_every_source_file_the_architecture_names_exists() -> None:
    text = text_of("docs/architecture.md")
    named = set(
        re.findall(r"`((?:localize|report|radgame|static|templates|tools)/[\w./-]+\w)", text)
    )
    assert "localize/marking.py" in named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", [*packages(), *production_packages()])
def test_every_installed_package_has_its_licence_told(name: str) -> None:
    assert re.search(
        rf"^\| {re.escape(name)}( \(.+\))? \| \S", text_of("docs/third-party.md"), re.M
    )


@pytest.mark.parametrize("name", optional_packages())
def test_every_optional_package_has_its_licence_told(name: str) -> None:
    assert re.search(rf"^\| {re.escape(name)} \| \S", text_of("docs/third-party.md"), re.M)


@pytest.mark.parametrize("slug", sorted(load_datasets()))
def test_every_dataset_has_its_terms_told(slug: str) -> None:
    assert f"| `{slug}` |" in text_of("docs/third-party.md")


@pytest.mark.parametrize("slug", sorted(set(load_datasets()) - {"demo"}))
def test_the_readme_imports_every_dataset_once_by_example(slug: str) -> None:
    assert len(re.findall(rf"import_dataset {slug} /", text_of("README.md"))) == 1


def test_the_readme_scores_its_example_as_printed(tmp_path: Path) -> None:
    [(line, printed)] = examples_in(README)
    file = tmp_path / "boxes.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "manage.py", "score_boxes", str(file)],
        cwd=ROOT,
        env={**os.environ, "RADGAME_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == printed + "\n"


def test_the_worked_examples_of_the_marking_rule_score_as_printed() -> None:
    examples = examples_in(DOCS / "scoring-localization.md")
    assert len(examples) == 3
    for line, printed in examples:
        assert score_line(line) == json.loads(printed)


def test_the_marking_rule_tells_its_version() -> None:
    assert f"Version `{SCORER_VERSION}`" in text_of("docs/scoring-localization.md")
