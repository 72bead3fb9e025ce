/**
 * The structures of projectcalico.org/v3 as Calico 3.23 has them: their fields in the order in which JSON shows them, each
 * `name:type@check`. The type is string where none is written; `[]` is a list, `*` after a name a field whose zero is a value
 * (without it, zero is as good as absent), `!` one that is shown even where it is zero. A check is one of
 * {@link ../validate/checks.ts}; behind `@!` it holds for the zero value as well.
 * Source: the documented API, https://docs.tigera.io/archive/v3.23/reference/resources/
 */
export const LAYOUTS: Readonly<Record<string, string>> = {
  ObjectMeta: `name generateName namespace selfLink uid resourceVersion generation:int creationTimestamp!:time
    deletionTimestamp*:time deletionGracePeriodSeconds*:int labels:map annotations:map ownerReferences:any finalizers:[]string
    clusterName managedFields:any`,

  BGPConfigurationSpec: `logSeverityScreen@logLevel nodeToNodeMeshEnabled*:bool asNumber*:as
    serviceLoadBalancerIPs:[]ServiceIPBlock serviceExternalIPs:[]ServiceIPBlock serviceClusterIPs:[]ServiceIPBlock
    communities:[]Community prefixAdvertisements:[]PrefixAdvertisement listenPort:uint16 nodeMeshPassword*:BGPPassword
    nodeMeshMaxRestartTime*:duration bindMode*:BindMode`,
  ServiceIPBlock: 'cidr@net',
  Community: 'name@!name value',
  PrefixAdvertisement: 'cidr@!net communities:[]string',
  BGPPassword: 'secretKeyRef*:SecretKeySelector',
  SecretKeySelector: 'name key! optional*:bool',

  BGPPeerSpec: `node@name nodeSelector@selector peerIP@IP:port asNumber:as peerSelector@selector keepOriginalNextHop:bool
    password*:BGPPassword sourceAddress:SourceAddress@sourceAddress maxRestartTime*:duration numAllowedLocalASNumbers*:int`,

  ClusterInformationSpec: 'clusterGUID clusterType calicoVersion datastoreReady*:bool variant',

  GlobalNetworkPolicySpec: `order*:float64 ingress:[]Rule egress:[]Rule selector@selector types:[]PolicyType@policyType
    doNotTrack:bool preDNAT:bool applyOnForward:bool serviceAccountSelector@selector namespaceSelector@selector`,
  NetworkPolicySpec: `order*:float64 ingress:[]Rule egress:[]Rule selector@selector types:[]PolicyType@policyType
    serviceAccountSelector@selector`,
  Rule: `action!:Action@!action ipVersion*:int@ipVersion protocol*:protocol icmp*:ICMPFields notProtocol*:protocol
    notICMP*:ICMPFields source!:EntityRule destination!:EntityRule http*:HTTPMatch metadata*:RuleMetadata`,
  EntityRule: `nets:[]string@net selector@selector namespaceSelector@selector services*:ServiceMatch ports:[]port
    notNets:[]string@net notSelector@selector notPorts:[]port serviceAccounts*:ServiceAccountMatch`,
  ICMPFields: 'type*:int@icmpType code*:int@icmpCode',
  HTTPMatch: 'methods:[]string paths:[]HTTPPath',
  HTTPPath: 'exact prefix',
  RuleMetadata: 'annotations:map',
  ServiceMatch: 'name@name namespace@name',
  ServiceAccountMatch: 'names:[]string selector@selector',

  GlobalNetworkSetSpec: 'nets:[]string@cidr',
  NetworkSetSpec: 'nets:[]string@cidr',

  HostEndpointSpec: `node@name interfaceName@interface expectedIPs:[]string@ip profiles:[]string@name ports:[]EndpointPort`,
  EndpointPort: 'name!@!portName protocol!:protocol port!:uint16',

  IPPoolSpec: `cidr!@net vxlanMode:VXLANMode@vxlanMode ipipMode:IPIPMode@ipIpMode natOutgoing:bool disabled:bool
    disableBGPExport:bool blockSize:int nodeSelector@selector ipip*:IPIPConfiguration nat-outgoing:bool@mustBeFalse
    allowedUses:[]IPPoolAllowedUse`,
  IPIPConfiguration: 'enabled:bool mode:EncapMode@!ipIpMode',
  IPReservationSpec: 'reservedCIDRs:[]string@cidrs',

  KubeControllersConfigurationSpec: `logSeverityScreen@logLevel healthChecks@enabledOrDisabled etcdV3CompactionPeriod*:duration
    prometheusMetricsPort*:int controllers!:ControllersConfig debugProfilePort*:int`,
  KubeControllersConfigurationStatus: 'runningConfig!:KubeControllersConfigurationSpec environmentVars:map',
  ControllersConfig: `node*:NodeControllerConfig policy*:ControllerConfig workloadEndpoint*:ControllerConfig
    serviceAccount*:ControllerConfig namespace*:ControllerConfig`,
  NodeControllerConfig: `reconcilerPeriod*:duration syncLabels@enabledOrDisabled hostEndpoint*:AutoHostEndpointConfig
    leakGracePeriod*:duration`,
  AutoHostEndpointConfig: 'autoCreate@enabledOrDisabled',
  ControllerConfig: 'reconcilerPeriod*:duration',

  ProfileSpec: 'ingress:[]Rule egress:[]Rule labelsToApply:map',

  NodeSpec: `bgp*:NodeBGPSpec ipv4VXLANTunnelAddr@ipv4 vxlanTunnelMACAddr@mac ipv6VXLANTunnelAddr vxlanTunnelMACAddrV6@mac
    orchRefs:[]OrchRef wireguard*:NodeWireguardSpec addresses:[]NodeAddress`,
  NodeStatus: 'wireguardPublicKey podCIDRs:[]string',
  NodeBGPSpec: `asNumber*:as ipv4Address@cidrv4 ipv6Address ipv4IPIPTunnelAddr@ipv4 routeReflectorClusterID@ipv4`,
  NodeWireguardSpec: 'interfaceIPv4Address@ipv4',
  NodeAddress: 'address! type@ipType',
  OrchRef: 'nodeName orchestrator!',

  WorkloadEndpointSpec: `orchestrator@name workload@name node@name containerID pod@name endpoint@name serviceAccountName@name
    ipNetworks:[]string@net ipNATs:[]IPNAT ipv4Gateway@ipv4 ipv6Gateway profiles:[]string@name interfaceName@!interface mac@mac
    ports:[]WorkloadEndpointPort allowSpoofedSourcePrefixes:[]string@cidr`,
  WorkloadEndpointPort: 'name!@portName protocol!:protocol port!:uint16 hostPort!:uint16 hostIP!@net',
  IPNAT: 'internalIP!@ip externalIP!@ip',

  FelixConfigurationSpec: `useInternalDataplaneDriver*:bool dataplaneDriver dataplaneWatchdogTimeout*:duration ipv6Support*:bool
    routeRefreshInterval*:duration interfaceRefreshInterval*:duration iptablesRefreshInterval*:duration
    iptablesPostWriteCheckInterval*:duration iptablesLockFilePath iptablesLockTimeout*:duration
    iptablesLockProbeInterval*:duration featureDetectOverride ipsetsRefreshInterval*:duration maxIpsetSize*:int
    iptablesBackend*:IptablesBackend@iptablesBackend xdpRefreshInterval*:duration netlinkTimeout*:duration metadataAddr
    metadataPort*:int openstackRegion interfacePrefix interfaceExclude chainInsertMode
    defaultEndpointToHostAction@dropAcceptReturn iptablesFilterAllowAction@acceptReturn iptablesMangleAllowAction@acceptReturn
    logPrefix logFilePath logSeverityFile@logLevel logSeverityScreen@logLevel logSeveritySys@logLevel logDebugFilenameRegex
    ipipEnabled*:bool ipipMTU*:int vxlanEnabled*:bool vxlanMTU*:int vxlanMTUV6*:int vxlanPort*:int vxlanVNI*:int
    allowVXLANPacketsFromWorkloads*:bool allowIPIPPacketsFromWorkloads*:bool reportingInterval*:duration reportingTTL*:duration
    endpointReportingEnabled*:bool endpointReportingDelay*:duration iptablesMarkMask*:int disableConntrackInvalidCheck*:bool
    healthEnabled*:bool healthHost* healthPort*:int prometheusMetricsEnabled*:bool prometheusMetricsHost
    prometheusMetricsPort*:int prometheusGoMetricsEnabled*:bool prometheusProcessMetricsEnabled*:bool
    prometheusWireGuardMetricsEnabled*:bool failsafeInboundHostPorts*:[]ProtoPort failsafeOutboundHostPorts*:[]ProtoPort
    kubeNodePortRanges*:[]port policySyncPathPrefix usageReportingEnabled*:bool usageReportingInitialDelay*:duration
    usageReportingInterval*:duration natPortRange*:port natOutgoingAddress deviceRouteSourceAddress
    deviceRouteSourceAddressIPv6 deviceRouteProtocol*:int removeExternalRoutes*:bool externalNodesList*:[]string
    debugMemoryProfilePath debugDisableLogDropping*:bool debugSimulateCalcGraphHangAfter*:duration
    debugSimulateDataplaneHangAfter*:duration iptablesNATOutgoingInterfaceFilter@ifaceFilter sidecarAccelerationEnabled*:bool
    xdpEnabled*:bool genericXDPEnabled*:bool bpfEnabled*:bool bpfDisableUnprivileged*:bool bpfLogLevel!@bpfLogLevel
    bpfDataIfacePattern bpfConnectTimeLoadBalancingEnabled*:bool bpfExternalServiceMode@bpfServiceMode
    bpfExtToServiceConnmark*:int bpfKubeProxyIptablesCleanupEnabled*:bool bpfKubeProxyMinSyncPeriod*:duration
    bpfKubeProxyEndpointSlicesEnabled*:bool bpfPSNATPorts*:port bpfMapSizeNATFrontend*:int bpfMapSizeNATBackend*:int
    bpfMapSizeNATAffinity*:int bpfMapSizeRoute*:int bpfMapSizeConntrack*:int bpfMapSizeIPSets*:int bpfHostConntrackBypass*:bool
    bpfEnforceRPF routeSource routeTableRanges*:[]RouteTableRange routeTableRange*:RouteTableRange wireguardEnabled*:bool
    wireguardListeningPort*:int wireguardRoutingRulePriority*:int wireguardInterfaceName@interface wireguardMTU*:int
    wireguardHostEncryptionEnabled*:bool wireguardKeepAlive*:duration awsSrcDstCheck*:AWSSrcDstCheckOption
    serviceLoopPrevention workloadSourceSpoofing mtuIfacePattern floatingIPs*:FloatingIPType`,
  RouteTableRange: 'min!:int max!:int',
  ProtoPort: 'protocol! port!:uint16 net!',
}
