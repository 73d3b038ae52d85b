"""Tables in LaTeX are read as they are typeset."""

from __future__ import annotations

import pytest

from tests.support.lists import Lists

_KICS = ["KIC 8644288", "KIC 6462863"]
_TABULAR = r"""
\begin{table}
\caption{KIC stars, 2020}
\begin{tabular}{lcc}
\hline
Name & \textbf{KIC} & $T_{\rm eff}$ \\
 & & [K] \\
\hline \hline
A & 8644288 & 5000 \\
B & $6462863^{a}$ & 6000$\pm$80 \\[2pt] \hline
\end{tabular}
\tablefoot{12345678 & 1}
\end{table}
"""
_DELUXE = r"""
\begin{deluxetable*}{lc}
\tablehead{
\colhead{KIC} & \colhead{$T_{\rm eff}$} \\
\colhead{} & \colhead{(K)}
}
\startdata
8644288\tablenotemark{a} & 5000 \\ % mine
6462863 & \nodata
\enddata
\tablenotetext{a}{Note}
\end{deluxetable*}
"""


@pytest.mark.parametrize(
    "content",
    [
        _TABULAR,
        _DELUXE,
        "KIC~8644288 & 5000 \\\\\nKIC\\,6462863 & 6000 \\\\\n",
        "\\startdata\n8644288 & 50.0 \\\\\n6462863 & 60.0\n\\enddata\n",
    ],
)
def test_latex(lists: Lists, content: str) -> None:
    """The column is found between rules, marks of notes, and commands."""
    assert lists.names(content) == _KICS
