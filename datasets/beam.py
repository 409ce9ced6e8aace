"""The builders under Apache Beam, for corpora that one machine should not read alone."""

from typing import Any

from errors import UserError


def beam_settings(runner: str | None, options: str) -> dict[str, Any]:
    """What TFDS has to know to build with Beam; nothing where no runner is named."""
    if not runner:
        if options:
            raise UserError("--beam_options: they need --beam_runner, such as DirectRunner")
        return {}
    try:
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError:
        raise UserError(
            '--beam_runner: Apache Beam is not installed; pip install ".[beam]"'
        ) from None
    return {"beam_runner": runner, "beam_options": PipelineOptions(options.split())}
