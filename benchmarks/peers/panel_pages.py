"""The same table and the same star with Panel, as its guides do it; run by a Python that has it."""

from __future__ import annotations

import sys
from pathlib import Path

_PORT = 8897


def main(folder: Path) -> None:
    """Serve ``/table`` and ``/star`` until the process is ended."""
    import holoviews as hv
    import numpy as np
    import pandas as pd
    import panel as pn
    from holoviews.operation.datashader import rasterize

    hv.extension("bokeh")
    pn.extension("tabulator")
    with np.load(folder / "table.npz", allow_pickle=False) as columns:
        stars = pd.DataFrame(dict(columns))
    with np.load(folder / "light.npz") as columns:
        light = pd.DataFrame(dict(columns))

    def table() -> object:
        return pn.widgets.Tabulator(stars, pagination="remote", page_size=50, disabled=True)

    def star() -> object:
        points = hv.Points(light, ["time", "flux"])
        return pn.pane.HoloViews(rasterize(points).opts(width=900, height=400))

    pages = {"table": table, "star": star}
    server = pn.serve(pages, port=_PORT, show=False, start=False, verbose=False)
    # The port is open from here on, and who waits for this line may ask.
    print(f"http://127.0.0.1:{_PORT}/", flush=True)
    server.run_until_shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
