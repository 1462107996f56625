"""What is installed is whole: every file that the packages read at run time goes with them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("bridge", "mappings", "migrations", "reports")
LEFT_OUT = {".pyc", ".gitattributes"}


def test_every_data_file_of_a_package_is_installed_with_it(tmp_path: Path) -> None:
    words = ["-q", "egg_info", "--egg-base", str(tmp_path), "build", "--build-base", str(tmp_path / "build")]
    code = "from setuptools import setup; setup()"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, *words], cwd=ROOT, check=True, capture_output=True)
    built = {path.relative_to(tmp_path / "build/lib") for path in (tmp_path / "build/lib").rglob("*") if path.is_file()}
    wanted = {
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not LEFT_OUT & {path.suffix, path.name}
    }
    assert sorted(map(str, wanted - built)) == []
