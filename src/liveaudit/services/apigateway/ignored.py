"""What changes in API Gateway without bearing on anything that a policy looks at."""

from __future__ import annotations

from liveaudit.catalog.types import Service


def ignore_the_rest(service: Service) -> None:
    """Tell the service which changing operations are none of our business, and why."""
    service.ignores_unnamed(
        "tags of domain names, keys, plans and links are read by no policy", "TagResource", "UntagResource"
    )
    service.ignores(
        "tests, or clears a cache",
        "FlushStageAuthorizersCache",
        "FlushStageCache",
        "ResetAuthorizersCache",
        "TestInvokeAuthorizer",
        "TestInvokeMethod",
    )
    service.ignores(
        "what stands behind methods and routes, and how answers are made, is read by no policy",
        "CreateIntegration",
        "CreateIntegrationResponse",
        "CreateModel",
        "CreateRequestValidator",
        "CreateRouteResponse",
        "DeleteGatewayResponse",
        "DeleteIntegration",
        "DeleteIntegrationResponse",
        "DeleteMethodResponse",
        "DeleteModel",
        "DeleteRequestValidator",
        "DeleteRouteResponse",
        "PutGatewayResponse",
        "PutIntegration",
        "PutIntegrationResponse",
        "PutMethodResponse",
        "UpdateGatewayResponse",
        "UpdateIntegration",
        "UpdateIntegrationResponse",
        "UpdateMethodResponse",
        "UpdateModel",
        "UpdateRequestValidator",
        "UpdateRouteResponse",
    )
    service.ignores(
        "deployments that no stage is moved to change nothing", "DeleteDeployment", "UpdateDeployment"
    )
    service.ignores(
        "domain names, links and mappings are read by no policy",
        "CreateApiMapping",
        "CreateBasePathMapping",
        "CreateDomainName",
        "CreateDomainNameAccessAssociation",
        "CreateRoutingRule",
        "CreateVpcLink",
        "DeleteApiMapping",
        "DeleteBasePathMapping",
        "DeleteDomainName",
        "DeleteDomainNameAccessAssociation",
        "DeleteRoutingRule",
        "DeleteVpcLink",
        "PutRoutingRule",
        "RejectDomainNameAccessAssociation",
        "UpdateApiMapping",
        "UpdateBasePathMapping",
        "UpdateDomainName",
        "UpdateVpcLink",
    )
    service.ignores(
        "keys, plans, client certificates, documentation and account settings are read by no policy",
        "CreateApiKey",
        "CreateDocumentationPart",
        "CreateDocumentationVersion",
        "CreateUsagePlan",
        "CreateUsagePlanKey",
        "DeleteApiKey",
        "DeleteClientCertificate",
        "DeleteDocumentationPart",
        "DeleteDocumentationVersion",
        "DeleteUsagePlan",
        "DeleteUsagePlanKey",
        "GenerateClientCertificate",
        "ImportApiKeys",
        "ImportDocumentationParts",
        "UpdateAccount",
        "UpdateApiKey",
        "UpdateClientCertificate",
        "UpdateDocumentationPart",
        "UpdateDocumentationVersion",
        "UpdateUsage",
        "UpdateUsagePlan",
    )
    service.ignores(
        "portals, which show APIs to developers, are not covered",
        "CreatePortal",
        "CreatePortalProduct",
        "CreateProductPage",
        "CreateProductRestEndpointPage",
        "DeletePortal",
        "DeletePortalProduct",
        "DeletePortalProductSharingPolicy",
        "DeleteProductPage",
        "DeleteProductRestEndpointPage",
        "DisablePortal",
        "PreviewPortal",
        "PublishPortal",
        "PutPortalProductSharingPolicy",
        "UpdatePortal",
        "UpdatePortalProduct",
        "UpdateProductPage",
        "UpdateProductRestEndpointPage",
    )
