"""Events of Glue that change nothing that is audited."""

from __future__ import annotations

from liveaudit.catalog.types import Service

_DATA = """
    BatchCreatePartition BatchDeletePartition BatchDeleteTable BatchDeleteTableVersion BatchUpdatePartition
    CreatePartition CreatePartitionIndex CreateTable DeleteColumnStatisticsForPartition DeleteColumnStatisticsForTable
    DeletePartition DeletePartitionIndex DeleteTable DeleteTableVersion UpdateColumnStatisticsForPartition
    UpdateColumnStatisticsForTable UpdatePartition UpdateTable UpdateDatabase CreateUserDefinedFunction
    DeleteUserDefinedFunction UpdateUserDefinedFunction CreateTableOptimizer DeleteTableOptimizer UpdateTableOptimizer
"""
_RUNS = """
    BatchStopJobRun CancelStatement CreateSession DeleteSession ResetJobBookmark RunStatement StartCrawler StartJobRun
    StartTrigger StartWorkflowRun StopCrawler StopSession StopTrigger StopWorkflowRun ResumeWorkflowRun
    PutWorkflowRunProperties StartBlueprintRun StartCrawlerSchedule StopCrawlerSchedule CancelMLTaskRun
    StartMLEvaluationTaskRun StartMLLabelingSetGenerationTaskRun StartExportLabelsTaskRun StartImportLabelsTaskRun
    StartColumnStatisticsTaskRun StopColumnStatisticsTaskRun StartDataQualityRulesetEvaluationRun
    StartDataQualityRuleRecommendationRun CancelDataQualityRulesetEvaluationRun
    CancelDataQualityRuleRecommendationRun
"""
_OTHERS = """
    CreateBlueprint CreateClassifier CreateCrawler CreateDataQualityRuleset CreateRegistry CreateSchema CreateScript
    CreateTrigger CreateWorkflow DeleteBlueprint DeleteClassifier DeleteCrawler DeleteDataQualityRuleset DeleteRegistry
    DeleteSchema DeleteSchemaVersions DeleteTrigger DeleteWorkflow RegisterSchemaVersion UpdateBlueprint
    UpdateClassifier UpdateCrawler UpdateCrawlerSchedule UpdateDataQualityRuleset UpdateRegistry UpdateSchema
    UpdateTrigger UpdateWorkflow CreateCatalog DeleteCatalog UpdateCatalog CreateCustomEntityType
    DeleteCustomEntityType PutSchemaVersionMetadata RemoveSchemaVersionMetadata UpdateSourceControlFromJob
"""


def ignore_the_rest(service: Service) -> None:
    """Enter all of these into the service's table."""
    service.ignores("tables and partitions of the catalog are data", *_DATA.split(), noise=True)
    service.ignores("something runs or stops, its definition stays", *_RUNS.split())
    service.ignores("crawlers, triggers, schemas and catalogs of others are not covered", *_OTHERS.split())
    service.ignores_unnamed(
        "tags of crawlers, triggers, schemas and catalogs are not covered", "TagResource", "UntagResource"
    )
