"""EC2's mutating events that change nothing we audit, and why, so that few fall through as unknown to the table.

Grouped by the kind of resource; the names are those of the API's operations.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

NOT_COVERED = {
    "instances are not covered yet": """
        AssociateApplicationStatusCheck AssociateEnclaveCertificateIamRole
        AssociateIamInstanceProfile AssociateInstanceEventWindow CancelSpotFleetRequests
        CancelSpotInstanceRequests CreateApplicationStatusCheck CreateFleet
        CreateInstanceConnectEndpoint CreateInstanceEventWindow CreatePlacementGroup
        CreateSpotDatafeedSubscription DeleteApplicationStatusCheck DeleteFleets
        DeleteInstanceConnectEndpoint DeleteInstanceEventWindow DeletePlacementGroup
        DeleteSpotDatafeedSubscription DeregisterInstanceEventNotificationAttributes
        DisableApplicationStatusCheckSuppression DisableInstanceSqlHaStandbyDetections
        DisassociateApplicationStatusCheck DisassociateEnclaveCertificateIamRole
        DisassociateIamInstanceProfile DisassociateInstanceEventWindow
        EnableApplicationStatusCheckSuppression EnableInstanceSqlHaStandbyDetections ImportInstance
        ModifyApplicationStatusCheck ModifyDefaultCreditSpecification ModifyFleet
        ModifyInstanceAttribute ModifyInstanceConnectEndpoint ModifyInstanceCpuOptions
        ModifyInstanceCreditSpecification ModifyInstanceEventStartTime ModifyInstanceEventWindow
        ModifyInstanceMaintenanceOptions ModifyInstanceMetadataOptions
        ModifyInstanceNetworkPerformanceOptions ModifyInstancePlacement ModifySpotFleetRequest
        MonitorInstances RebootInstances RegisterInstanceEventNotificationAttributes
        ReplaceIamInstanceProfileAssociation ReportInstanceStatus RequestSpotFleet
        RequestSpotInstances ResetInstanceAttribute RunInstances SendDiagnosticInterrupt
        StartInstances StopInstances TerminateInstances UnmonitorInstances
    """,
    "reservations and hosts are about capacity and price, not about configuration": """
        AcceptCapacityReservationBillingOwnership AcceptReservedInstancesExchangeQuote AllocateHosts
        AssociateCapacityReservationBillingOwner CancelCapacityReservation
        CancelCapacityReservationFleets CancelReservedInstancesListing
        CreateCapacityManagerDataExport CreateCapacityReservation
        CreateCapacityReservationBySplitting CreateCapacityReservationCancellationQuote
        CreateCapacityReservationDateChangeQuote CreateCapacityReservationFleet
        CreateInterruptibleCapacityReservationAllocation CreateReservedInstancesListing
        DeleteCapacityManagerDataExport DeleteQueuedReservedInstances DisableCapacityManager
        DisassociateCapacityReservationBillingOwner EnableCapacityManager ModifyCapacityReservation
        ModifyCapacityReservationFleet ModifyHosts ModifyInstanceCapacityReservationAttributes
        ModifyReservedInstances MoveCapacityReservationInstances PurchaseCapacityBlock
        PurchaseCapacityBlockExtension PurchaseHostReservation PurchaseReservedInstancesOffering
        PurchaseScheduledInstances RejectCapacityReservationBillingOwnership ReleaseHosts
        RunScheduledInstances UpdateCapacityManagerMonitoredTagKeys
        UpdateCapacityManagerOrganizationsAccess UpdateInterruptibleCapacityReservationAllocation
    """,
    "launch templates are not covered yet": """
        CreateLaunchTemplate CreateLaunchTemplateVersion DeleteLaunchTemplate
        DeleteLaunchTemplateVersions ModifyLaunchTemplate
    """,
    "machine images are not covered yet": """
        AttachImageWatermark BundleInstance CancelBundleTask CancelConversionTask CancelExportTask
        CancelImageLaunchPermission CancelImportTask ConfirmProductInstance CopyFpgaImage CopyImage
        CreateFpgaImage CreateImage CreateInstanceExportTask CreateRestoreImageTask
        CreateStoreImageTask DeleteFpgaImage DeregisterImage DetachImageWatermark DisableFastLaunch
        DisableImage DisableImageDeprecation DisableImageDeregistrationProtection EnableFastLaunch
        EnableImage EnableImageDeprecation EnableImageDeregistrationProtection ExportImage
        ImportImage ModifyFpgaImageAttribute ModifyImageAttribute RegisterImage
        ReplaceImageInstanceTypeSpecification ResetFpgaImageAttribute ResetImageAttribute
        RestoreImageFromRecycleBin
    """,
    "volumes are not covered yet": """
        AttachVolume CopyVolumes CreateDelegateMacVolumeOwnershipTask
        CreateMacSystemIntegrityProtectionModificationTask CreateReplaceRootVolumeTask CreateVolume
        DeleteVolume DetachVolume EnableVolumeIO ImportVolume ModifyVolume ModifyVolumeAttribute
        RestoreVolumeFromRecycleBin
    """,
    "snapshots are not covered yet": """
        CopySnapshot CreateSnapshot CreateSnapshots DeleteSnapshot DisableFastSnapshotRestores
        EnableFastSnapshotRestores ImportSnapshot LockSnapshot ModifySnapshotAttribute
        ModifySnapshotTier ResetSnapshotAttribute RestoreSnapshotFromRecycleBin RestoreSnapshotTier
        UnlockSnapshot
    """,
    "key pairs are not covered yet": """
        CreateKeyPair DeleteKeyPair ImportKeyPair
    """,
    "elastic addresses are not covered yet": """
        AcceptAddressTransfer AllocateAddress AssociateAddress DisableAddressTransfer
        DisassociateAddress EnableAddressTransfer ModifyAddressAttribute MoveAddressToVpc
        ReleaseAddress ResetAddressAttribute RestoreAddressToClassic
    """,
    "network interfaces are not covered yet": """
        AssociateTrunkInterface AttachNetworkInterface CreateNetworkInterfacePermission
        DeleteNetworkInterfacePermission DetachNetworkInterface DisassociateTrunkInterface
        ModifyNetworkInterfaceAttribute ResetNetworkInterfaceAttribute
    """,
    "VPCs are not covered yet": """
        AssociateDhcpOptions AssociateVpcCidrBlock AttachClassicLinkVpc CreateDhcpOptions
        CreateVpcBlockPublicAccessExclusion CreateVpcEncryptionControl DeleteDhcpOptions
        DeleteVpcBlockPublicAccessExclusion DeleteVpcEncryptionControl DetachClassicLinkVpc
        DisableVpcClassicLink DisableVpcClassicLinkDnsSupport DisassociateVpcCidrBlock
        EnableVpcClassicLink EnableVpcClassicLinkDnsSupport ModifyAccountVpcEncryptionControl
        ModifyVpcAttribute ModifyVpcBlockPublicAccessExclusion ModifyVpcEncryptionControl
        ModifyVpcTenancy
    """,
    "subnets are not covered yet": """
        AssociateSubnetCidrBlock CreateDefaultSubnet CreateSecondaryNetwork CreateSecondarySubnet
        CreateSubnet CreateSubnetCidrReservation DeleteSecondaryNetwork DeleteSecondarySubnet
        DeleteSubnet DeleteSubnetCidrReservation DisassociateSubnetCidrBlock ModifySubnetAttribute
    """,
    "routes are not covered yet": """
        AssociateRouteServer AssociateRouteTable CreateRoute CreateRouteServer
        CreateRouteServerEndpoint CreateRouteServerPeer CreateRouteTable DeleteRoute
        DeleteRouteServer DeleteRouteServerEndpoint DeleteRouteServerPeer DeleteRouteTable
        DisableRouteServerPropagation DisassociateRouteServer DisassociateRouteTable
        EnableRouteServerPropagation ModifyRouteServer ReplaceRoute ReplaceRouteTableAssociation
    """,
    "internet, NAT and carrier gateways are not covered yet": """
        AssignPrivateNatGatewayAddress AssociateNatGatewayAddress AttachInternetGateway
        CreateCarrierGateway CreateEgressOnlyInternetGateway CreateInternetGateway CreateNatGateway
        DeleteCarrierGateway DeleteEgressOnlyInternetGateway DeleteInternetGateway DeleteNatGateway
        DetachInternetGateway DisassociateNatGatewayAddress UnassignPrivateNatGatewayAddress
    """,
    "VPC peering is not covered yet": """
        AcceptVpcPeeringConnection CreateVpcPeeringConnection DeleteVpcPeeringConnection
        ModifyVpcPeeringConnectionOptions RejectVpcPeeringConnection
    """,
    "VPC endpoints are not covered yet": """
        AcceptVpcEndpointConnections CreateVpcEndpoint CreateVpcEndpointConnectionNotification
        CreateVpcEndpointServiceConfiguration DeleteVpcEndpointConnectionNotifications
        DeleteVpcEndpointServiceConfigurations DeleteVpcEndpoints ModifyVpcEndpoint
        ModifyVpcEndpointConnectionNotification ModifyVpcEndpointPayerResponsibility
        ModifyVpcEndpointServiceConfiguration ModifyVpcEndpointServicePayerResponsibility
        ModifyVpcEndpointServicePermissions RejectVpcEndpointConnections
        StartVpcEndpointServicePrivateDnsVerification
    """,
    "flow logs are not covered yet": """
        CreateFlowLogs DeleteFlowLogs
    """,
    "VPN connections are not covered yet": """
        AttachVpnGateway CreateCustomerGateway CreateVpnConcentrator CreateVpnConnection
        CreateVpnConnectionRoute CreateVpnGateway DeleteCustomerGateway DeleteVpnConcentrator
        DeleteVpnConnection DeleteVpnConnectionRoute DeleteVpnGateway DetachVpnGateway
        DisableVgwRoutePropagation EnableVgwRoutePropagation ModifyVpnConnection
        ModifyVpnConnectionOptions ModifyVpnTunnelCertificate ModifyVpnTunnelOptions
        ReplaceVpnTunnel
    """,
    "client VPN is not covered yet": """
        AcceptTransitGatewayClientVpnAttachment ApplySecurityGroupsToClientVpnTargetNetwork
        AssociateClientVpnTargetNetwork AuthorizeClientVpnIngress CreateClientVpnEndpoint
        CreateClientVpnRoute DeleteClientVpnEndpoint DeleteClientVpnEndpointAuthorizationPolicy
        DeleteClientVpnRoute DeleteTransitGatewayClientVpnAttachment
        DisassociateClientVpnTargetNetwork ImportClientVpnClientCertificateRevocationList
        ModifyClientVpnEndpoint ModifyClientVpnEndpointAuthorizationPolicy
        RejectTransitGatewayClientVpnAttachment RevokeClientVpnIngress TerminateClientVpnConnections
    """,
    "transit gateways are not covered yet": """
        AcceptTransitGatewayMulticastDomainAssociations AcceptTransitGatewayPeeringAttachment
        AcceptTransitGatewayVpcAttachment AssociateTransitGatewayMulticastDomain
        AssociateTransitGatewayPolicyTable AssociateTransitGatewayRouteTable CreateTransitGateway
        CreateTransitGatewayConnect CreateTransitGatewayConnectPeer
        CreateTransitGatewayMeteringPolicy CreateTransitGatewayMeteringPolicyEntry
        CreateTransitGatewayMulticastDomain CreateTransitGatewayPeeringAttachment
        CreateTransitGatewayPolicyTable CreateTransitGatewayPolicyTableEntry
        CreateTransitGatewayPrefixListReference CreateTransitGatewayRoute
        CreateTransitGatewayRouteTable CreateTransitGatewayRouteTableAnnouncement
        CreateTransitGatewayVpcAttachment DeleteTransitGateway DeleteTransitGatewayConnect
        DeleteTransitGatewayConnectPeer DeleteTransitGatewayMeteringPolicy
        DeleteTransitGatewayMeteringPolicyEntry DeleteTransitGatewayMulticastDomain
        DeleteTransitGatewayPeeringAttachment DeleteTransitGatewayPolicyTable
        DeleteTransitGatewayPolicyTableEntry DeleteTransitGatewayPrefixListReference
        DeleteTransitGatewayRoute DeleteTransitGatewayRouteTable
        DeleteTransitGatewayRouteTableAnnouncement DeleteTransitGatewayVpcAttachment
        DeregisterTransitGatewayMulticastGroupMembers DeregisterTransitGatewayMulticastGroupSources
        DisableTransitGatewayRouteTablePropagation DisassociateTransitGatewayMulticastDomain
        DisassociateTransitGatewayPolicyTable DisassociateTransitGatewayRouteTable
        EnableTransitGatewayRouteTablePropagation ModifyTransitGateway
        ModifyTransitGatewayMeteringPolicy ModifyTransitGatewayPolicyTableEntry
        ModifyTransitGatewayPrefixListReference ModifyTransitGatewayVpcAttachment
        RegisterTransitGatewayMulticastGroupMembers RegisterTransitGatewayMulticastGroupSources
        RejectTransitGatewayMulticastDomainAssociations RejectTransitGatewayPeeringAttachment
        RejectTransitGatewayVpcAttachment ReplaceTransitGatewayRoute
    """,
    "local gateways of Outposts are not covered": """
        CreateCoipCidr CreateCoipPool CreateLocalGatewayRoute CreateLocalGatewayRouteTable
        CreateLocalGatewayRouteTableVirtualInterfaceGroupAssociation
        CreateLocalGatewayRouteTableVpcAssociation CreateLocalGatewayVirtualInterface
        CreateLocalGatewayVirtualInterfaceGroup DeleteCoipCidr DeleteCoipPool
        DeleteLocalGatewayRoute DeleteLocalGatewayRouteTable
        DeleteLocalGatewayRouteTableVirtualInterfaceGroupAssociation
        DeleteLocalGatewayRouteTableVpcAssociation DeleteLocalGatewayVirtualInterface
        DeleteLocalGatewayVirtualInterfaceGroup ModifyLocalGatewayRoute
    """,
    "Verified Access is not covered yet": """
        AttachVerifiedAccessTrustProvider CreateVerifiedAccessEndpoint CreateVerifiedAccessGroup
        CreateVerifiedAccessInstance CreateVerifiedAccessTrustProvider DeleteVerifiedAccessEndpoint
        DeleteVerifiedAccessGroup DeleteVerifiedAccessInstance DeleteVerifiedAccessTrustProvider
        DetachVerifiedAccessTrustProvider ModifyVerifiedAccessEndpoint
        ModifyVerifiedAccessEndpointPolicy ModifyVerifiedAccessGroup ModifyVerifiedAccessGroupPolicy
        ModifyVerifiedAccessInstance ModifyVerifiedAccessInstanceLoggingConfiguration
        ModifyVerifiedAccessTrustProvider
    """,
    "traffic mirroring is not covered yet": """
        CreateTrafficMirrorFilter CreateTrafficMirrorFilterRule CreateTrafficMirrorSession
        CreateTrafficMirrorTarget DeleteTrafficMirrorFilter DeleteTrafficMirrorFilterRule
        DeleteTrafficMirrorSession DeleteTrafficMirrorTarget
        ModifyTrafficMirrorFilterNetworkServices ModifyTrafficMirrorFilterRule
        ModifyTrafficMirrorSession
    """,
    "address management (IPAM, own address ranges) is not covered yet": """
        AdvertiseByoipCidr AllocateIpamPoolCidr AssociateIpamByoasn AssociateIpamResourceDiscovery
        BatchModifyIpamRoutingPolicyRegistrations CreateIpam
        CreateIpamExternalResourceVerificationToken CreateIpamInternetRegistryAssociation
        CreateIpamPolicy CreateIpamPool CreateIpamPrefixListResolver
        CreateIpamPrefixListResolverTarget CreateIpamResourceDiscovery
        CreateIpamRoutingPolicyRegistration CreateIpamScope CreatePublicIpv4Pool DeleteIpam
        DeleteIpamExternalResourceVerificationToken DeleteIpamInternetRegistryAssociation
        DeleteIpamPolicy DeleteIpamPool DeleteIpamPrefixListResolver
        DeleteIpamPrefixListResolverTarget DeleteIpamResourceDiscovery
        DeleteIpamRoutingPolicyRegistration DeleteIpamScope DeletePublicIpv4Pool
        DeprovisionByoipCidr DeprovisionIpamByoasn DeprovisionIpamPoolCidr
        DeprovisionPublicIpv4PoolCidr DisableIpamOrganizationAdminAccount DisableIpamPolicy
        DisassociateIpamByoasn DisassociateIpamResourceDiscovery
        EnableIpamInternetRegistryAssociation EnableIpamOrganizationAdminAccount EnableIpamPolicy
        ModifyIpam ModifyIpamPolicyAllocationRules ModifyIpamPool ModifyIpamPoolAllocation
        ModifyIpamPrefixListResolver ModifyIpamPrefixListResolverTarget ModifyIpamResourceCidr
        ModifyIpamResourceDiscovery ModifyIpamRoutingPolicyRegistration ModifyIpamScope
        MoveByoipCidrToIpam ProvisionByoipCidr ProvisionIpamByoasn ProvisionIpamPoolCidr
        ProvisionPublicIpv4PoolCidr ReleaseIpamPoolAllocation WithdrawByoipCidr
    """,
    "this setting of the account is read by no policy yet": """
        ModifyAvailabilityZoneGroup ModifyIdFormat ModifyIdentityIdFormat
        ModifyManagedResourceVisibility ModifyPrivateDnsNameOptions ModifyPublicIpDnsNameOptions
    """,
    "analyses and reports change no configuration": """
        CancelDeclarativePoliciesReport CreateImageUsageReport CreateNetworkInsightsAccessScope
        CreateNetworkInsightsPath DeleteImageUsageReport DeleteNetworkInsightsAccessScope
        DeleteNetworkInsightsAccessScopeAnalysis DeleteNetworkInsightsAnalysis
        DeleteNetworkInsightsPath DisableAwsNetworkPerformanceMetricSubscription
        EnableAwsNetworkPerformanceMetricSubscription EnableReachabilityAnalyzerOrganizationSharing
        ExportClientVpnClientCertificateRevocationList ExportClientVpnClientConfiguration
        ExportTransitGatewayRoutes ExportVerifiedAccessInstanceClientConfiguration
        StartDeclarativePoliciesReport StartNetworkInsightsAccessScopeAnalysis
        StartNetworkInsightsAnalysis ValidateSecurityGroupQuotasForInterface
    """,
}
"""Reason to event names."""

NOISE = {
    "interfaces and addresses come and go by themselves with Lambda functions, containers and load balancers": """
        AssignIpv6Addresses AssignPrivateIpAddresses CreateNetworkInterface DeleteNetworkInterface
        UnassignIpv6Addresses UnassignPrivateIpAddresses
    """,
}
"""The same for events that come in floods and are not even subscribed to."""

SERVICE_EVENTS = ("BidEvictedEvent", "SharedSnapshotCopyInitiated", "SharedSnapshotVolumeCreated")
"""Events that EC2 writes itself, without a call (CloudTrail user guide, "AWS service events")."""


def ignore_the_rest(service: Service) -> None:
    """Enter all of these into the service's table."""
    for reason, names in NOT_COVERED.items():
        service.ignores(reason, *names.split())
    for reason, names in NOISE.items():
        service.ignores(reason, *names.split(), noise=True)
    service.ignores("another account used a shared snapshot, or a Spot instance ended", *SERVICE_EVENTS)
    service.ignores_unnamed("tags of a kind of resource that is not covered yet", "CreateTags", "DeleteTags")
