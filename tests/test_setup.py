"""The requirements agree, and the scripts say what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from preprocessing._version import __version__
from preprocessing.cli.commands import COMMANDS, EXTRAS

ROOT = Path(__file__).resolve().parent.parent
_PROCESSORS = os.cpu_count() or 1
_QUICK = " -m not slow and not lightkurve"
#: Packages that are imported by another name than they are installed by.
_IMPORTED_AS = {"scikit_learn": "sklearn"}
SHELL_SCRIPTS = (
    "scripts/test",
    "scripts/check",
    "scripts/docs",
    "scripts/demo",
    "scripts/benchmark",
    ".ci/run",
)

STUB_PIP = """\
case "$*" in
*"pip --version"*) exit 0 ;;
*"uv --version"*) exit "${{NO_UV:-0}}" ;;
"-m pip install "*" uv") exit "${{NO_UV:-0}}" ;;
"-m pip config list") echo "global.index-url='$REGISTRY'" ;;
"-m uv pip install "*) echo "uv $*" >>"$CALLS"; {outcome} ;;
"-m pip install "*) echo pip >>"$CALLS"; {outcome} ;;
*pytest*) echo "pytest $*" >>"$CALLS"; exit "${{PYTEST_STATUS:-0}}" ;;
*) exec "$REAL_PYTHON" "$@" ;;
esac
"""
STUB_PYTHON = """\
#!/bin/sh
case "$*" in
"-m venv --clear "*) rm -rf "$4"; mkdir -p "$4/bin" && cp "$VENV_STUB" "$4/bin/python" ;;
*) exec "$REAL_PYTHON" "$@" ;;
esac
"""


class Clone:
    """A clone whose Python makes an environment with installers that install nothing."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone"
        self.root.mkdir()
        (self.root / "scripts").mkdir()
        for name in ("scripts/_setup.sh", "scripts/test"):
            shutil.copy(ROOT / name, self.root / name)
        for path in (*ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml"):
            shutil.copy(path, self.root)
        self.calls_file = folder / "calls"
        self.python = self._script(folder / "python3", STUB_PYTHON)
        self.venv_stub = folder / "venv-python"
        self.let_install("exit 0")
        self.environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith("XENOSCAN")},
            "PYTHON": str(self.python),
            "REAL_PYTHON": sys.executable,
            "CALLS": str(self.calls_file),
            "VENV_STUB": str(self.venv_stub),
            "REGISTRY": "https://registry.example.org/simple",
        }

    def let_install(self, outcome: str) -> None:
        """Choose what the installers do in environments made from now on."""
        self._script(self.venv_stub, "#!/bin/sh\n" + STUB_PIP.format(outcome=outcome))

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Start scripts/test, from another working directory."""
        return subprocess.run(
            [self.root / "scripts" / "test", *arguments],
            env={**self.environment, **variables},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self) -> list[str]:
        """Return the kinds of calls so far: uv, pip, pytest."""
        if not self.calls_file.exists():
            return []
        return [line.split()[0] for line in self.calls_file.read_text().splitlines()]

    def _script(self, path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o755)
        return path


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


class TestSetUp:
    @pytest.mark.slow
    def test_installs_once(self, clone: Clone) -> None:
        """The first start installs, and the second does not."""
        for _ in range(2):
            assert clone.run().returncode == 0
        assert clone.calls() == ["uv", "pytest", "pytest"]

    @pytest.mark.slow
    def test_installs_again_when_requirements_change(self, clone: Clone) -> None:
        """A changed requirements file is installed into the same environment."""
        clone.run()
        (clone.root / "requirements.txt").write_text("numpy\n")
        result = clone.run()
        assert "Making .venv" not in result.stdout
        assert clone.calls() == ["uv", "pytest", "uv", "pytest"]

    @pytest.mark.slow
    def test_installs_with_pip_where_there_is_no_uv(self, clone: Clone) -> None:
        """Where uv cannot be had, pip installs; where it fails, pip has the last word."""
        assert clone.run(NO_UV="1").returncode == 0
        assert clone.calls() == ["pip", "pytest"]
        clone.let_install('case "$2" in uv) exit 1 ;; esac')
        shutil.rmtree(clone.root / ".venv")
        assert clone.run().returncode == 0
        assert clone.calls() == ["pip", "pytest", "uv", "pip", "pytest"]

    @pytest.mark.slow
    def test_asks_the_registry_that_pip_asks(self, clone: Clone) -> None:
        """A registry that pip is configured for serves uv too."""
        clone.run()
        assert f"--default-index {clone.environment['REGISTRY']} " in clone.calls_file.read_text()

    @pytest.mark.slow
    def test_mends_an_interrupted_installation(self, clone: Clone) -> None:
        """After an installation that was killed the environment is made anew."""
        clone.let_install("kill -9 $PPID; exit 1")
        assert clone.run().returncode == -9
        clone.let_install("exit 0")
        result = clone.run()
        assert result.returncode == 0
        assert "Making .venv" in result.stdout
        assert clone.calls() == ["uv", "uv", "pytest"]

    @pytest.mark.slow
    def test_mends_a_half_made_environment(self, clone: Clone) -> None:
        """An environment without a Python that runs is made anew."""
        (clone.root / ".venv" / "bin").mkdir(parents=True)
        (clone.root / ".venv" / "bin" / "python").symlink_to("/nonexistent")
        assert clone.run().returncode == 0
        assert clone.calls() == ["uv", "pytest"]

    def test_never_empties_what_a_link_leads_to(self, clone: Clone, tmp_path: Path) -> None:
        """An environment of another repository stays as it is, and the link is named."""
        other = tmp_path / "other"
        other.mkdir()
        (other / "precious").touch()
        (clone.root / ".venv").symlink_to(other)
        result = clone.run()
        assert result.returncode == 1
        assert f"{clone.root / '.venv'} is a link" in result.stderr
        assert [path.name for path in other.iterdir()] == ["precious"]
        assert clone.calls() == []

    @pytest.mark.slow
    def test_passes_arguments_and_status_through(self, clone: Clone) -> None:
        """The arguments reach pytest as they are, and its status is the script's."""
        result = clone.run("-k", "a or b", PYTEST_STATUS="5")
        assert result.returncode == 5
        assert clone.calls_file.read_text().endswith("pytest -m pytest -k a or b\n")

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("arguments", "workers", "chosen"),
        [
            ((), 2 * _PROCESSORS, ""),
            (("--all", "-x"), 2 * _PROCESSORS, " tests benchmarks/tests -x"),
            (("--quick",), _PROCESSORS + 1, _QUICK),
            (("--quick", "-x"), _PROCESSORS + 1, f"{_QUICK} -x"),
        ],
    )
    def test_uses_all_processors(
        self, clone: Clone, arguments: tuple[str, ...], workers: int, chosen: str
    ) -> None:
        """The whole suite, or all but what is slow, runs on all processors."""
        clone.run(*arguments)
        expected = f"pytest -m pytest -n {workers} --dist worksteal{chosen}\n"
        assert clone.calls_file.read_text().endswith(expected)


class TestWhatIsMissing:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("said_by_pip", "message"),
        [
            ("NewConnectionError: [Errno 111] Connection refused", "cannot be reached"),
            ("ERROR: [Errno 28] No space left on device", "the disk is full"),
            ("ERROR: No matching distribution found for numpy>=99", "numpy>=99"),
        ],
    )
    def test_no_installation(self, clone: Clone, said_by_pip: str, message: str) -> None:
        """A failed installation is explained in one line with its log, and tried again."""
        clone.let_install(f"echo '{said_by_pip}' >&2; exit 1")
        result = clone.run()
        assert result.returncode == 1
        assert message in result.stderr.splitlines()[0]
        assert f"{clone.root}/.venv/install.log" in result.stderr
        clone.let_install("exit 0")
        assert clone.run().returncode == 0

    def test_no_python(self, clone: Clone) -> None:
        """Without Python the message says how to get it."""
        result = clone.run(PYTHON="python-that-is-not-there")
        assert result.returncode == 1
        assert "no python-that-is-not-there found" in result.stderr
        assert "apt install python3" in result.stderr

    @pytest.mark.parametrize(
        ("refused", "message"),
        [
            ("sys.version_info <", "is too old"),
            ("ensurepip", "has no venv module"),
        ],
    )
    def test_unsuitable_python(self, clone: Clone, refused: str, message: str) -> None:
        """A Python that is too old or has no venv module is refused with what to do."""
        stub = f'#!/bin/sh\ncase "$*" in *"{refused}"*) exit 1 ;; esac\nexec "$REAL_PYTHON" "$@"\n'
        clone.python.write_text(stub)
        result = clone.run()
        assert result.returncode == 1
        assert message in result.stderr
        assert "apt install" in result.stderr
        assert not (clone.root / ".venv").exists()

    def test_no_space(self, clone: Clone, tmp_path: Path) -> None:
        """With too little disk nothing is begun."""
        tools = tmp_path / "tools"
        tools.mkdir()
        df = tools / "df"
        df.write_text("#!/bin/sh\necho Filesystem\necho disk 9999999 9999999 10240 99% /\n")
        df.chmod(0o755)
        result = clone.run(PATH=f"{tools}:{os.environ['PATH']}")
        assert result.returncode == 1
        assert "10 MB free" in result.stderr
        assert not (clone.root / ".venv").exists()


class TestRequirements:
    def test_files_agree(self) -> None:
        """The file requirements.txt is what pyproject.toml declares with all extras, and pytest."""
        needed = {*declared("dependencies"), "pytest>=8.2"}
        for extra in EXTRAS:
            needed.update(declared(extra))
        listed = requirements("requirements.txt")
        assert set(listed) == needed
        assert len(listed) == len(needed)

    def test_all_is_every_extra(self) -> None:
        """The extra `all` brings what every command needs."""
        assert declared("all") == [f"xenoscan[{','.join(EXTRAS)}]"]

    def test_every_command_names_an_extra_that_exists(self) -> None:
        """What a command tells the user to install brings what it lacks."""
        assert {command.extra for command in COMMANDS.values()} <= {"", *EXTRAS}
        for extra, packages in EXTRAS.items():
            names = {line.split(">=")[0].replace("-", "_") for line in declared(extra)}
            assert {_IMPORTED_AS.get(name, name) for name in names} == packages

    def test_oldest_are_the_lower_bounds(self) -> None:
        """The file requirements-oldest.txt pins every lower bound of requirements.txt."""
        lines = (line.split(";")[0] for line in requirements("requirements.txt"))
        bounds = dict(line.split(">=") for line in lines)
        oldest = dict(line.split("==") for line in requirements("requirements-oldest.txt"))
        assert oldest.keys() == bounds.keys()
        for name, version in oldest.items():
            assert re.fullmatch(rf"{re.escape(bounds[name])}(\.0)*", version), name

    def test_citation_has_the_version(self) -> None:
        """CITATION.cff cites the version that the program says it is."""
        assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize("script", SHELL_SCRIPTS)
def test_shell_scripts_can_be_started(script: str) -> None:
    """Each script is executable and free of syntax errors."""
    path = ROOT / script
    assert os.access(path, os.X_OK)
    shell = path.read_text().splitlines()[0].split()[-1].rsplit("/", 1)[-1]
    subprocess.run([shell, "-n", path], check=True)


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def declared(key: str) -> list[str]:
    """Return a list of packages in pyproject.toml, which Python 3.10 has no reader for."""
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(rf"^{key} = \[(.*?)\]$", text, re.DOTALL | re.MULTILINE)
    assert block is not None, key
    return [line for _, line in re.findall(r"""(["'])(.*?)\1""", block[1])]
