"""Changes of SageMaker to resources of kinds that are not covered, by the kind."""

from __future__ import annotations

_MADE_AND_DELETED = (
    "App",
    "CodeRepository",
    "Endpoint",
    "FeatureGroup",
    "Image",
    "ModelPackage",
    "ModelPackageGroup",
    "MonitoringSchedule",
    "NotebookInstanceLifecycleConfig",
    "Pipeline",
    "Project",
    "Space",
    "StudioLifecycleConfig",
    "UserProfile",
)
_CHANGED = (
    "UpdateCodeRepository",
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
    "UpdateFeatureGroup",
    "UpdateImage",
    "UpdateModelPackage",
    "UpdateMonitoringSchedule",
    "UpdateNotebookInstanceLifecycleConfig",
    "UpdatePipeline",
    "UpdatePipelineExecution",
    "UpdateProject",
    "UpdateSpace",
    "UpdateUserProfile",
    "CreateHyperParameterTuningJob",
    "CreatePresignedDomainUrl",
    "StartPipelineExecution",
    "StopPipelineExecution",
)
OTHERS = (*(f"{verb}{kind}" for kind in _MADE_AND_DELETED for verb in ("Create", "Delete")), *_CHANGED)
"""The names of the changes."""
