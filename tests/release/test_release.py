"""Consistency of a release: versions, names, formats, licences, workflows, documents."""

import configparser
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from core.photo.formats import FORMATS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
MEDIA_TYPES = {f"image/{key}" for key in FORMATS}


@pytest.fixture
def entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "packaging" / "linux" / "dfpir-studio.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


@pytest.fixture
def component() -> ElementTree.Element:
    return ElementTree.parse(ROOT / "packaging" / "linux" / "dfpir-studio.metainfo.xml").getroot()


def test_the_desktop_entry_starts_the_window_and_lists_all_formats(entry: configparser.SectionProxy) -> None:
    assert entry["Exec"].split()[0] in PROJECT["project"]["gui-scripts"]
    assert set(entry["MimeType"].strip(";").split(";")) == MEDIA_TYPES
    assert "Comment[zh_CN]" in entry


def test_the_window_has_the_name_of_its_desktop_entry() -> None:
    assert 'setDesktopFileName("dfpir-studio")' in (ROOT / "dfpir_gui" / "app" / "application.py").read_text(
        encoding="utf-8"
    )


def test_the_store_page_belongs_to_the_desktop_entry_and_to_this_version(component: ElementTree.Element) -> None:
    assert component.findtext("launchable") == "dfpir-studio.desktop"
    assert component.findtext("project_license") == PROJECT["project"]["license"]
    binaries = {binary.text for binary in component.iter("binary")}
    assert binaries <= PROJECT["project"]["scripts"].keys() | PROJECT["project"]["gui-scripts"].keys()
    release = component.find("releases/release")
    assert release is not None and release.get("version") == VERSION


def test_citation_and_changes_are_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (VERSION, PROJECT["project"]["license"])
    assert citation["preferred-citation"]["identifiers"][0]["value"] == "arXiv:2505.12630"
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None and newest[1] == VERSION


def test_shared_data_of_the_wheel_exists() -> None:
    shared = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert [source for source in shared if not (ROOT / source).is_file()] == []
    assert any(target.endswith("apps/dfpir-studio.svg") for target in shared.values())


def test_the_notices_name_every_package_that_the_program_needs() -> None:
    notices = (ROOT / "THIRD-PARTY-NOTICES.md").read_text(encoding="utf-8").lower().replace("_", "-")
    for line in PROJECT["project"]["dependencies"]:
        name = re.match(r"[A-Za-z0-9_.-]+", line)
        assert name is not None and f"| {name[0].lower().replace('_', '-')} |" in notices


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_workflows_are_yaml_and_run_on_all_three_systems(name: str) -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    systems = {
        system
        for job in workflow["jobs"].values()
        for system in job.get("strategy", {}).get("matrix", {}).get("os", [job["runs-on"]])
    }
    assert systems >= {"ubuntu-latest", "macos-latest", "windows-latest"}
    assert workflow["permissions"] == {"contents": "read"}


def test_packages_of_the_project_layout_exist() -> None:
    """The first column of the table; a name without a folder is next to the one before it."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Project layout")[2].partition("\n## ")[0]
    paths: list[Path] = []
    for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE):
        for name in re.findall(r"`([\w/]+)`", row):
            paths.append(ROOT / name if "/" in name else paths[-1].parent / name)
    assert len(paths) > 25
    assert [str(path) for path in paths if not path.is_dir()] == []


def test_ci_workflow_and_pre_commit_run_the_same_checks() -> None:
    """The commands of ``.ci/run``, apart from its tests, are steps of the workflow and hooks of pre-commit."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    checks = ["".join(found) for found in re.findall(r'^"\$venv/bin/(?!pip)([\w-]+)"(.*)$', script, re.MULTILINE)]
    assert checks == ["ruff check .", "ruff format --check .", "lint-imports", "mypy"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks] == checks
    assert {hook["language"] for hook in hooks} == {"system"}
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run") for step in workflow["jobs"]["checks"]["steps"]]
    assert [step for step in steps if step in checks] == checks


PAGES = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "THIRD-PARTY-NOTICES.md"]
PAGES += [f"docs/{name}.md" for name in ("guide", "guide.zh-CN", "measurements", "history/README")]


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_of_documents_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = {target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not target.startswith("http")}
    assert targets
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


def test_the_guides_have_the_same_structure_and_keys() -> None:
    english, chinese = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("guide.md", "guide.zh-CN.md"))
    for mark in (r"^#+ ", r"^!\[", r"^\|", r"^```"):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, chinese, re.MULTILINE)), mark
    keys = r"Ctrl\+[A-Z]|\bF1\b"
    assert set(re.findall(keys, english)) == set(re.findall(keys, chinese))
