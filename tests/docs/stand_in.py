"""Run a command or a Python file with the simulator in place of the public archives.

``python -m tests.docs.stand_in URL xenoscan ARGUMENT...`` or ``... URL python FILE``. Everything
else, the names of the archives and their polite limits included, is as for a user, except that
``--archive embedded`` has few stars.
"""

from __future__ import annotations

import runpy
import sys
from importlib import import_module

#: Where the public archives are, by the name of the constant that says so; the simulator has all of
#: them at one address.
ADDRESSES = {
    "MAST_URL": "{url}",
    "MAST_RESOLVER_URL": "{url}",
    "STSCI_URL": "{url}",
    "BUCKET_URL": "{url}/stpubdata",
    "EXOPLANET_ARCHIVE_URL": "{url}/TAP",
}


#: A simulator with few stars starts in half the time, and these stars are those of a large one.
FEW_STARS = "embedded --stars 60 --k2-stars 20 --tess-stars 20"


def point_at(url: str) -> None:
    """Replace the addresses of the public archives, wherever the package has them."""
    for name in ("acquire.archives.open_tree", "acquire.downloader", "catalog.build"):
        import_module(f"preprocessing.{name}")
    modules = [module for name, module in sys.modules.items() if name.startswith("preprocessing")]
    for name, address in ADDRESSES.items():
        homes = [module for module in modules if hasattr(module, name)]
        assert homes, f"no module has {name} any more"
        for module in homes:
            setattr(module, name, address.format(url=url))


def use_synthetic_stars() -> None:
    """Let ``check-setup --archive mast`` download stars that the simulator has."""
    from preprocessing.cli import setup_check
    from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

    examples = SyntheticHoldings().examples()
    kinds = ("many_quarters", "single_quarter", "gaps", "module_3", "faint")
    stars = tuple(setup_check.CheckStar(f"KIC {examples[kind]}", kind) for kind in kinds)
    setattr(setup_check, "MAST_STARS", stars)  # noqa: B010  # it is a constant to everyone else


def main() -> None:
    """Run what the command line names."""
    url, what, *words = sys.argv[1:]
    arguments = [FEW_STARS if word == "embedded" else word for word in words]
    point_at(url)
    if "check-setup" in arguments:
        use_synthetic_stars()
    if what == "xenoscan":
        from preprocessing.cli.main import main as xenoscan

        sys.argv = ["xenoscan", *arguments]
        sys.exit(xenoscan())
    sys.argv = arguments
    runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
