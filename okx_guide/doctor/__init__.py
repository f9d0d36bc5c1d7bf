"""Is my key fit for use? A list of checks, each with its cause and what to do."""

from okx_guide.doctor.checkup import Machine, Options, examine
from okx_guide.doctor.report import Check, Report

__all__ = ["Check", "Machine", "Options", "Report", "examine"]
