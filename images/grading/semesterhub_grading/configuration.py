"""nbgrader's configuration for this service: from here, and from no file that anybody names."""

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors as steps
from traitlets.config import Config

from semesterhub_grading.cleaning import FILTERS
from semesterhub_grading.collect import StoreCollect
from semesterhub_grading.duplicates import KeepLast
from semesterhub_grading.sandbox import SandboxExecute
from semesterhub_grading.settings import Settings


def configuration(settings: Settings) -> Config:
    """Build it."""
    places, sandbox = settings.places, settings.sandbox
    c = Config()
    c.CourseDirectory.root = str(places.course)
    c.CourseDirectory.course_id = settings.course
    c.CourseDirectory.db_url = settings.gradebook
    c.CourseDirectory.groupshared = True
    c.CourseDirectory.ignore = [
        *(".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", ".*"),
    ]
    c.Exchange.root = str(places.exchange)
    c.Exchange.timezone = settings.timezone
    c.NbGraderAPI.timezone = settings.timezone
    c.ExchangeFactory.collect = StoreCollect
    c.StoreCollect.received = str(places.received)
    c.Autograde.sanitize_preprocessors = [
        steps.ClearOutput,
        KeepLast,
        steps.OverwriteKernelspec,
        steps.OverwriteCells,
        steps.CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        SandboxExecute,
        steps.IgnorePattern,
        ClearMetadataPreprocessor,
        steps.LimitOutput,
        steps.SaveAutoGrades,
        steps.AssignLatePenalties,
        steps.CheckCellMetadata,
    ]
    c.SandboxExecute.jobs = str(places.jobs)
    c.SandboxExecute.seconds = sandbox.seconds
    c.SandboxExecute.cell_seconds = sandbox.cell_seconds
    c.SandboxExecute.output_bytes = sandbox.output_bytes
    c.HideTests.enabled = not settings.show_hidden_tests
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = dict(FILTERS)
    c.FormgradeExtension.debug = False
    c.Application.log_level = "INFO"
    return c
