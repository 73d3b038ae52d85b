"""The words of a report for the methods section of a paper, in LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from preprocessing._version import __version__
from preprocessing.anomalies.schema import RANKING, RANKING_KEY
from preprocessing.features.schema import FEATURE_NAMES, FEATURE_SET_VERSION, FEATURES
from preprocessing.missions import Author
from preprocessing.report.citations import data_key, own_references
from preprocessing.report.figures import PaperFigure
from preprocessing.report.paper_table import PaperTable, latex_text, reference
from preprocessing.report.provenance import Provenance
from preprocessing.report.sources import Source
from preprocessing.validation.schema import FALSE_ALARMS, KNOWN, RECALL, RELIABILITY
from preprocessing.vetting.schema import RULES_KEY, VETTING

__all__ = ["text"]


def text(
    sources: Mapping[str, Source],
    found: Provenance,
    authors: Sequence[Author],
    floats: Sequence[PaperTable | PaperFigure],
) -> str:
    """Return the section, with its numbers, tables and figures.

    Parameters
    ----------
    sources : mapping of str to Source
        The tables of the data set, by name.
    found : Provenance
        Where the numbers come from.
    authors : sequence of Author
        Those of the light curves.
    floats : sequence of PaperTable or PaperFigure
        What stands beside the text.
    """
    parts = [_data(sources, authors), _features()]
    if VETTING in sources:
        parts.append(_vetting(sources[VETTING].about))
    if RANKING in sources:
        parts.append(_ranking(sources[RANKING].about))
    if RECALL in sources:
        parts.append(_validation(sources[RECALL].about))
    parts.append(_software(found))
    head = f"% Made by xenoscan report, version {__version__}. Needs graphicx and natbib.\n"
    return head + "\n".join([*parts, *map(_included, floats)])


def _data(sources: Mapping[str, Source], authors: Sequence[Author]) -> str:
    names = ["files_used", "rows_read", "rows_masked", "synthetic"]
    rows = sources[FEATURES].read(names)
    n_files, n_rows, n_masked, n_made_up = (
        sum(filter(None, rows[name].to_pylist())) for name in names
    )
    of = "; ".join(
        latex_text(one.name) + _cited(data_key(one) if one.doi else "") for one in authors
    )
    warning = (
        f"{n_made_up} of the light curves are \\emph{{synthetic}}: a program made them up.\n"
        if n_made_up
        else ""
    )
    return (
        "\\subsection{Data}\n"
        f"The sample has {len(rows)} light curves{f' of {of}' if of else ''}, made of {n_files}"
        f" files with {n_rows} rows, of which {n_masked} were masked by their quality flags"
        f" ({reference('sample')}).\n{warning}"
    )


def _features() -> str:
    return (
        "\\subsection{Features}\n"
        f"Each light curve is described by {len(FEATURE_NAMES)} features (version"
        f" {FEATURE_SET_VERSION} of the feature set) and searched for transits, with XENOSCAN"
        f" {__version__}{_cited('xenoscan')}. {reference('features')} has percentiles of the"
        " features, and the reasons for which light curves lack them.\n"
    )


def _vetting(about: Mapping[str, str]) -> str:
    return (
        "\\subsection{Vetting}\n"
        "Labels and dispositions of candidates are by version"
        f" {latex_text(about[RULES_KEY])} of the rules ({reference('labels')} and"
        f" {reference('dispositions')}).\n"
    )


def _ranking(about: Mapping[str, str]) -> str:
    return (
        "\\subsection{Ranking}\n"
        f"Stars are ranked by an isolation forest{_cited('isolation-forest')}, by distances to"
        " quiet stars, and by their strongest event; \\citet{tree-shap} explain the forest's part."
        f" The ranking is of version {latex_text(about[RANKING_KEY])}; its model has the seed"
        f" {latex_text(about['model_seed'])} and the SHA-256 {latex_text(about['model_sha256'])}."
        f" Stars are flagged from a score of {float(about['threshold']):.3f} on, which one quiet"
        f" star in a hundred reaches. {reference('baseline')} says which stars are quiet,"
        f" {reference('classes')} has the classes, and {reference('strangest')} the strangest"
        " stars.\n"
    )


def _validation(about: Mapping[str, str]) -> str:
    tables = ", ".join(map(reference, (RECALL, FALSE_ALARMS, RELIABILITY, KNOWN)))
    return (
        "\\subsection{Validation}\n"
        "Known signals were put into the light of quiet stars, up to"
        f" {latex_text(about['trials'])} a class or set, with the seed {latex_text(about['seed'])};"
        " the same search, vetting and ranking looked at them, and at light without signals"
        f" ({tables}).\n"
    )


def _software(found: Provenance) -> str:
    known = own_references()
    used = ", ".join(
        f"{latex_text(name)} {latex_text(number)}{_cited(name if f'{{{name},' in known else '')}"
        for name, number in found.packages.items()
    )
    chain = (
        " The last link of the chain of the records of the light curves is"
        f" {latex_text(found.chain)}."
        if found.chain
        else ""
    )
    return (
        "\\subsection{Software and provenance}\n"
        f"Made with {used}. {reference('inputs')} has the digests of the tables that these"
        f" numbers are from, and {reference('commands')} the commands.{chain}\n"
    )


def _cited(key: str) -> str:
    return f" \\citep{{{key}}}" if key else ""


def _included(one: PaperTable | PaperFigure) -> str:
    if isinstance(one, PaperTable):
        return f"\\input{{tables/{one.name}}}"
    return (
        "\\begin{figure}\n"
        f"\\includegraphics[width=\\columnwidth]{{figures/{one.name}.pdf}}\n"
        f"\\caption{{{latex_text(one.caption)}}}\n\\label{{fig:xenoscan-{one.name}}}\n"
        "\\end{figure}\n"
    )
