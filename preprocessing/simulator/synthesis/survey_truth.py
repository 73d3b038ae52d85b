"""The truth table of a survey: what each star's kind and the spacecraft did, and who knows it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from preprocessing.simulator.synthesis.survey_population import SurveyStar
from preprocessing.simulator.synthesis.truth import TruthRow

__all__ = ["SurveyTruthRow", "is_published", "survey_truth_row"]


@dataclass(frozen=True)
class SurveyTruthRow(TruthRow):
    """The true parameters of one star of a survey: those of `TruthRow`, and more.

    Parameters
    ----------
    is_strange : bool
        Whether a search for the strange is to find the star.
    noise_ppm : float
        Noise of one exposure: of photons, read-out and granulation.
    amplitude_ppm : float or None
        The largest change of light that the kind makes; None for stars that do not vary.
    amplitude_over_noise : float or None
        The ratio of the two.
    spacecraft_faults : str
        Names of the spacecraft's faults with the quarter of each, such as ``step:Q5``, separated
        by spaces.
    in_catalogs : bool
        Whether the published tables have the star.
    parameters : str
        What the kind's model has besides, as JSON.
    """

    is_strange: bool
    noise_ppm: float
    amplitude_ppm: float | None
    amplitude_over_noise: float | None
    spacecraft_faults: str
    in_catalogs: bool
    parameters: str


def survey_truth_row(row: TruthRow, survey_star: SurveyStar) -> SurveyTruthRow:
    """Return the true parameters of one star of a survey.

    Parameters
    ----------
    row : TruthRow
        What every star has.
    survey_star : SurveyStar
        What the survey knows of it.
    """
    drawn, noise_ppm = survey_star.drawn, survey_star.noise_ppm
    amplitude_ppm = drawn.amplitude_ppm or (
        row.depth_ppm or row.largest_flare_ppm or row.rotation_amplitude_ppm
    )
    return SurveyTruthRow(
        **{**asdict(row), **drawn.columns},
        is_strange=survey_star.is_strange,
        noise_ppm=noise_ppm,
        amplitude_ppm=amplitude_ppm,
        amplitude_over_noise=None if amplitude_ppm is None else amplitude_ppm / noise_ppm,
        spacecraft_faults=" ".join(
            f"{fault.name}:Q{fault.quarter}" for fault in survey_star.faults
        ),
        in_catalogs=survey_star.in_catalogs,
        parameters=json.dumps(drawn.parameters),
    )


def is_published(row: TruthRow) -> bool:
    """Return whether the published tables have what is to be known of a star.

    Parameters
    ----------
    row : TruthRow
        The star's truth.
    """
    return not isinstance(row, SurveyTruthRow) or row.in_catalogs
