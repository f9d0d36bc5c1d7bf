"""Is my key fit for use? One thing after the other, each with its cause and what to do."""

from okx_guide.doctor.check import Check, Report
from okx_guide.doctor.examination import Asked, Machine, examine

__all__ = ["Asked", "Check", "Machine", "Report", "examine"]
