"""Great Expectations, imported without the deprecation warnings of its own import.

The import takes seconds: the modules that use this one are imported late, by `run`, and never by the package itself.
"""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="module 'sre_", category=DeprecationWarning)
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.core import (
        ExpectationSuite,
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
        RunIdentifier,
    )
    from great_expectations.core.metric_domain_types import MetricDomainTypes
    from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.expectations.metrics.metric_provider import metric_partial
    from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
    from great_expectations.render import (
        CollapseContent,
        LegacyDiagnosticRendererType,
        RenderedContent,
        RenderedDocumentContent,
        RenderedStringTemplateContent,
        RenderedTableContent,
    )
    from great_expectations.render.renderer import ExpectationSuitePageRenderer, ValidationResultsPageRenderer
    from great_expectations.render.renderer.renderer import renderer
    from great_expectations.render.view import DefaultJinjaPageView

__all__ = [
    "Batch",
    "CollapseContent",
    "DefaultJinjaPageView",
    "ExpectationSuite",
    "ExpectationSuitePageRenderer",
    "ExpectationSuiteValidationResult",
    "ExpectationValidationResult",
    "LegacyDiagnosticRendererType",
    "MetricDomainTypes",
    "MetricPartialFunctionTypes",
    "ProgressBarsConfig",
    "RenderedContent",
    "RenderedDocumentContent",
    "RenderedStringTemplateContent",
    "RenderedTableContent",
    "RunIdentifier",
    "SqlAlchemyExecutionEngine",
    "TableMetricProvider",
    "ValidationResultsPageRenderer",
    "gx",
    "gxe",
    "metric_partial",
    "renderer",
]
