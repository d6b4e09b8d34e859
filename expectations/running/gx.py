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
    from great_expectations.core.id_dict import IDDict
    from great_expectations.core.metric_domain_types import MetricDomainTypes
    from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.datasource.fluent import SQLDatasource
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.execution_engine.execution_engine import MetricComputationConfiguration
    from great_expectations.expectations.metrics.metric_provider import metric_partial, metric_value
    from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
    from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
    from great_expectations.expectations.registry import get_metric_provider
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
    from great_expectations.util import convert_to_json_serializable
    from great_expectations.validator.metric_configuration import MetricConfiguration

__all__ = [
    "Batch",
    "CollapseContent",
    "DefaultJinjaPageView",
    "ExpectationSuite",
    "ExpectationSuitePageRenderer",
    "ExpectationSuiteValidationResult",
    "ExpectationValidationResult",
    "IDDict",
    "LegacyDiagnosticRendererType",
    "MetricComputationConfiguration",
    "MetricConfiguration",
    "MetricDomainTypes",
    "MetricPartialFunctionTypes",
    "ProgressBarsConfig",
    "QueryMetricProvider",
    "RenderedContent",
    "RenderedDocumentContent",
    "RenderedStringTemplateContent",
    "RenderedTableContent",
    "RunIdentifier",
    "SQLDatasource",
    "SqlAlchemyExecutionEngine",
    "TableMetricProvider",
    "ValidationResultsPageRenderer",
    "convert_to_json_serializable",
    "get_metric_provider",
    "gx",
    "gxe",
    "metric_partial",
    "metric_value",
    "renderer",
]
