"""The directives ``commands`` and ``exit-codes``: the command line, made from its own code.

What ``--help`` says and what the site says cannot differ, since both come from the same parsers.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from code_tables import table
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from preprocessing.cli import exit_codes
from preprocessing.cli.commands import COMMANDS, Command


class Commands(Directive):
    """A section for each command: what it does, and its options."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return [self._section(command) for command in COMMANDS.values()]

    def _section(self, command: Command) -> nodes.section:
        program = f"xenoscan {command.name}"
        section = nodes.section(ids=[nodes.make_id(program)], names=[program])
        section += nodes.title(program, program)
        section += described(command.parser(program))
        self.state.document.note_explicit_target(section)
        return section


class ExitCodes(Directive):
    """Every exit status, with its meaning."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        return [table(("Status", "Meaning"), exit_code_rows())]


def exit_code_rows() -> Iterator[tuple[str, str]]:
    """Yield each exit status and its meaning, which is the comment above its constant."""
    comments = ModuleAnalyzer.for_module(exit_codes.__name__).find_attr_docs()
    for name in sorted(exit_codes.__all__, key=lambda name: getattr(exit_codes, name)):
        yield f"`{getattr(exit_codes, name)}`", " ".join(comments["", name]).strip()


def described(parser: argparse.ArgumentParser) -> list[nodes.Node]:
    """Return a command's summary, its options group by group, and its epilog."""
    shown: list[nodes.Node] = [nodes.paragraph("", parser.description or "")]
    parser.format_help()  # puts the groups in the order of --help
    for group in parser._action_groups:
        actions = [a for a in group._group_actions if a.help is not argparse.SUPPRESS]
        if actions:
            shown.append(nodes.rubric("", _capitalized(group.title or "")))
            shown.append(_option_list(parser, actions))
    if parser.epilog:
        shown.append(nodes.paragraph("", parser.epilog))
    return shown


def _option_list(
    parser: argparse.ArgumentParser, actions: list[argparse.Action]
) -> nodes.definition_list:
    entries = nodes.definition_list(classes=["options"])
    for action in actions:
        term = nodes.term("", "", nodes.literal("", _spelled(parser, action)))
        meaning = nodes.paragraph("", "", *_marked_up(_meaning(parser, action)))
        entries += nodes.definition_list_item("", term, nodes.definition("", meaning))
    return entries


def _spelled(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    formatter = parser._get_formatter()
    if not action.option_strings:
        return str(formatter._format_args(action, action.dest))
    value = "" if action.nargs == 0 else f" {formatter._format_args(action, action.dest.upper())}"
    return f"{', '.join(action.option_strings)}{value}"


def _meaning(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    text = parser._get_formatter()._expand_help(action) if action.help else ""
    return _capitalized(text)


def _marked_up(text: str) -> Iterator[nodes.Node]:
    # Options stand out as code.
    for number, piece in enumerate(re.split(r"(?<!\S)(--[a-z][a-z-]*)", text)):
        yield nodes.literal("", piece) if number % 2 else nodes.Text(piece)


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("commands", Commands)
    app.add_directive("exit-codes", ExitCodes)
    return {"parallel_read_safe": True}
