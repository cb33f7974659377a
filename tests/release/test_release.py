"""What a release consists of agrees with itself: versions, names, formats, licences, workflows."""

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


def test_the_desktop_entry_starts_the_window_with_all_that_it_reads(entry: configparser.SectionProxy) -> None:
    assert entry["Exec"].split()[0] in PROJECT["project"]["gui-scripts"]
    assert set(entry["MimeType"].strip(";").split(";")) == MEDIA_TYPES
    assert "Comment[zh_CN]" in entry


def test_the_window_goes_by_the_name_of_its_desktop_entry() -> None:
    assert 'setDesktopFileName("dfpir-studio")' in (ROOT / "dfpir_gui" / "app.py").read_text(encoding="utf-8")


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


def test_what_the_wheel_shares_with_the_system_is_there() -> None:
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


def test_paths_in_the_map_of_the_house_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    fence = text.split("```")[3]
    rooms = re.findall(r"^  (\S+?/|\S+\.py)", fence, re.MULTILINE) + re.findall(r"^(\w+/)", fence, re.MULTILINE)
    assert len(rooms) > 15
    assert [room for room in rooms if not ((ROOT / room).exists() or (ROOT / "core" / room).exists())] == []


@pytest.mark.parametrize("page", ["README.md", "THIRD-PARTY-NOTICES.md", "docs/guide.md", "docs/guide.zh-CN.md"])
def test_links_and_pictures_of_the_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")}
    assert targets
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


def test_the_guide_is_the_same_in_both_languages() -> None:
    english, chinese = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("guide.md", "guide.zh-CN.md"))
    for mark in (r"^#+ ", r"^!\[", r"^\|", r"^```"):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, chinese, re.MULTILINE)), mark
    keys = r"Ctrl\+[A-Z]|\bF1\b"
    assert set(re.findall(keys, english)) == set(re.findall(keys, chinese))
