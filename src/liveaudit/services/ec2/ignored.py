"""EC2's mutating events that change nothing we audit, and why, so that few fall through as unknown to the table.

Grouped by the kind of resource; the names are those of the API's operations.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

NOT_COVERED = {
    "what a fleet or a Spot request starts comes with a RunInstances of its own": """
        CancelSpotFleetRequests CancelSpotInstanceRequests CreateFleet DeleteFleets ModifyFleet
        ModifySpotFleetRequest RequestSpotFleet RequestSpotInstances
    """,
    "an import names what it makes only when it is done: the next sweep finds it": """
        CreateReplaceRootVolumeTask ImportImage ImportInstance ImportSnapshot ImportVolume
    """,
    "it changes nothing of an instance that a policy reads": """
        AssociateApplicationStatusCheck AssociateEnclaveCertificateIamRole
        AssociateInstanceEventWindow CreateApplicationStatusCheck CreateInstanceConnectEndpoint
        CreateInstanceEventWindow CreatePlacementGroup CreateSpotDatafeedSubscription
        DeleteApplicationStatusCheck DeleteInstanceConnectEndpoint DeleteInstanceEventWindow
        DeletePlacementGroup DeleteSpotDatafeedSubscription
        DeregisterInstanceEventNotificationAttributes DisableApplicationStatusCheckSuppression
        DisableInstanceSqlHaStandbyDetections DisassociateApplicationStatusCheck
        DisassociateEnclaveCertificateIamRole DisassociateInstanceEventWindow
        EnableApplicationStatusCheckSuppression EnableInstanceSqlHaStandbyDetections
        ModifyApplicationStatusCheck ModifyDefaultCreditSpecification ModifyInstanceConnectEndpoint
        ModifyInstanceCpuOptions ModifyInstanceCreditSpecification ModifyInstanceEventStartTime
        ModifyInstanceEventWindow ModifyInstanceMaintenanceOptions
        ModifyInstanceNetworkPerformanceOptions ModifyInstancePlacement RebootInstances
        RegisterInstanceEventNotificationAttributes ReportInstanceStatus SendDiagnosticInterrupt
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
    "it changes nothing of a machine image that a policy reads": """
        AttachImageWatermark BundleInstance CancelBundleTask CancelConversionTask CancelExportTask
        CancelImageLaunchPermission CancelImportTask ConfirmProductInstance CopyFpgaImage
        CreateFpgaImage CreateInstanceExportTask CreateStoreImageTask DeleteFpgaImage
        DetachImageWatermark DisableFastLaunch DisableImageDeregistrationProtection EnableFastLaunch
        EnableImageDeregistrationProtection ExportImage ModifyFpgaImageAttribute
        ReplaceImageInstanceTypeSpecification ResetFpgaImageAttribute
    """,
    "it changes nothing of a volume that a policy reads": """
        CreateDelegateMacVolumeOwnershipTask CreateMacSystemIntegrityProtectionModificationTask
        EnableVolumeIO ModifyVolume ModifyVolumeAttribute
    """,
    "it changes nothing of a snapshot that a policy reads": """
        DisableFastSnapshotRestores EnableFastSnapshotRestores LockSnapshot ModifySnapshotTier
        RestoreSnapshotTier UnlockSnapshot
    """,
    "key pairs are not covered yet": """
        CreateKeyPair DeleteKeyPair ImportKeyPair
    """,
    "it changes nothing of an elastic address that a policy reads": """
        AcceptAddressTransfer DisableAddressTransfer EnableAddressTransfer ModifyAddressAttribute
        MoveAddressToVpc ResetAddressAttribute RestoreAddressToClassic
    """,
    "network interfaces are audited with their instances": """
        AssociateTrunkInterface CreateNetworkInterfacePermission DeleteNetworkInterfacePermission
        DisassociateTrunkInterface
    """,
    "it changes nothing of a VPC that a policy reads": """
        AssociateDhcpOptions AttachClassicLinkVpc CreateDhcpOptions
        CreateVpcBlockPublicAccessExclusion CreateVpcEncryptionControl DeleteDhcpOptions
        DeleteVpcBlockPublicAccessExclusion DeleteVpcEncryptionControl DetachClassicLinkVpc
        DisableVpcClassicLink DisableVpcClassicLinkDnsSupport EnableVpcClassicLink
        EnableVpcClassicLinkDnsSupport ModifyAccountVpcEncryptionControl ModifyVpcAttribute
        ModifyVpcBlockPublicAccessExclusion ModifyVpcEncryptionControl ModifyVpcTenancy
    """,
    "it changes nothing of a subnet that a policy reads": """
        AssociateSubnetCidrBlock CreateSecondaryNetwork CreateSecondarySubnet
        CreateSubnetCidrReservation DeleteSecondaryNetwork DeleteSecondarySubnet
        DeleteSubnetCidrReservation DisassociateSubnetCidrBlock
    """,
    "route servers are not covered yet": """
        AssociateRouteServer CreateRouteServer CreateRouteServerEndpoint CreateRouteServerPeer
        DeleteRouteServer DeleteRouteServerEndpoint DeleteRouteServerPeer
        DisableRouteServerPropagation DisassociateRouteServer EnableRouteServerPropagation
        ModifyRouteServer
    """,
    "internet, NAT and carrier gateways are not covered yet": """
        AssignPrivateNatGatewayAddress AssociateNatGatewayAddress AttachInternetGateway
        CreateCarrierGateway CreateEgressOnlyInternetGateway CreateInternetGateway CreateNatGateway
        DeleteCarrierGateway DeleteEgressOnlyInternetGateway DeleteInternetGateway DeleteNatGateway
        DetachInternetGateway DisassociateNatGatewayAddress UnassignPrivateNatGatewayAddress
    """,
    "VPC peering is not covered yet": """
        ModifyVpcPeeringConnectionOptions
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
        AssociateTransitGatewayPolicyTable AssociateTransitGatewayRouteTable
        CreateTransitGatewayConnect CreateTransitGatewayConnectPeer
        CreateTransitGatewayMeteringPolicy CreateTransitGatewayMeteringPolicyEntry
        CreateTransitGatewayMulticastDomain CreateTransitGatewayPeeringAttachment
        CreateTransitGatewayPolicyTable CreateTransitGatewayPolicyTableEntry
        CreateTransitGatewayPrefixListReference CreateTransitGatewayRoute
        CreateTransitGatewayRouteTable CreateTransitGatewayRouteTableAnnouncement
        CreateTransitGatewayVpcAttachment DeleteTransitGatewayConnect
        DeleteTransitGatewayConnectPeer DeleteTransitGatewayMeteringPolicy
        DeleteTransitGatewayMeteringPolicyEntry DeleteTransitGatewayMulticastDomain
        DeleteTransitGatewayPeeringAttachment DeleteTransitGatewayPolicyTable
        DeleteTransitGatewayPolicyTableEntry DeleteTransitGatewayPrefixListReference
        DeleteTransitGatewayRoute DeleteTransitGatewayRouteTable
        DeleteTransitGatewayRouteTableAnnouncement DeleteTransitGatewayVpcAttachment
        DeregisterTransitGatewayMulticastGroupMembers DeregisterTransitGatewayMulticastGroupSources
        DisableTransitGatewayRouteTablePropagation DisassociateTransitGatewayMulticastDomain
        DisassociateTransitGatewayPolicyTable DisassociateTransitGatewayRouteTable
        EnableTransitGatewayRouteTablePropagation ModifyTransitGatewayMeteringPolicy
        ModifyTransitGatewayPolicyTableEntry ModifyTransitGatewayPrefixListReference
        ModifyTransitGatewayVpcAttachment RegisterTransitGatewayMulticastGroupMembers
        RegisterTransitGatewayMulticastGroupSources RejectTransitGatewayMulticastDomainAssociations
        RejectTransitGatewayPeeringAttachment RejectTransitGatewayVpcAttachment
        ReplaceTransitGatewayRoute
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
    service.ignores_unnamed("no policy reads the tags of this kind of resource", "CreateTags", "DeleteTags")
