"""How a report shows numbers: markup, scales, plots and pictures."""
