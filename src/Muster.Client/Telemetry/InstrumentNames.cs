namespace Muster.Client.Telemetry;

/// <summary>The instruments of this library and their tags, in one place; <c>docs/reference/metrics.md</c> explains them.</summary>
/// <remarks>Names that gRPC (gRFC A66, A72, A78, A91, A94, A96) and OpenTelemetry have already are used as they are there. Each attempt of a
/// plain HTTP call is in <c>http.client.request.duration</c> without us: the transport below counts it, under the service's name.</remarks>
internal static class InstrumentNames
{
    public const string AttemptStarted = "grpc.client.attempt.started";
    public const string AttemptDuration = "grpc.client.attempt.duration";
    public const string GrpcCallDuration = "grpc.client.call.duration";
    public const string CallDuration = "rpc.client.call.duration";
    public const string CallRetries = "grpc.client.call.retries";
    public const string CallTransparentRetries = "grpc.client.call.transparent_retries";
    public const string CallHedges = "grpc.client.call.hedges";
    public const string CallRetryDelay = "grpc.client.call.retry_delay";
    public const string WrrFallback = "grpc.lb.wrr.rr_fallback";
    public const string WrrNotYetUsable = "grpc.lb.wrr.endpoint_weight_not_yet_usable";
    public const string WrrStale = "grpc.lb.wrr.endpoint_weight_stale";
    public const string WrrWeights = "grpc.lb.wrr.endpoint_weights";
    public const string EjectionsEnforced = "grpc.lb.outlier_detection.ejections_enforced";
    public const string EjectionsUnenforced = "grpc.lb.outlier_detection.ejections_unenforced";
    public const string ConnectSucceeded = "grpc.subchannel.connection_attempts_succeeded";
    public const string ConnectFailed = "grpc.subchannel.connection_attempts_failed";
    public const string Disconnections = "grpc.subchannel.disconnections";
    public const string OpenConnections = "grpc.subchannel.open_connections";
    public const string BreakerTransitions = "muster.client.breaker.transitions";
    public const string Picks = "muster.client.picks";
    public const string ShadowPicks = "muster.client.shadow.picks";
    public const string ExtraAttempts = "muster.client.extra_attempts";
    public const string Instances = "muster.client.instances";
    public const string InFlight = "muster.client.in_flight";
    public const string Panic = "muster.client.panic";
    public const string SignalDropped = "muster.client.signal.dropped";
    public const string SignalDoubted = "muster.client.signal.doubted";
    public const string SignalStaleShare = "muster.client.signal.stale_share";
    public const string RegistryStale = "muster.client.registry.stale";

    public const string TargetTag = "grpc.target";
    public const string MethodTag = "grpc.method";
    public const string StatusTag = "grpc.status";
    public const string DetectionTag = "grpc.lb.outlier_detection.detection_method";
    public const string UnenforcedTag = "grpc.lb.outlier_detection.unenforced_reason";
    public const string PreviousAttemptsTag = "previous-rpc-attempts";
    public const string TransparentTag = "transparent-retry";
    public const string RpcSystemTag = "rpc.system.name";
    public const string RpcMethodTag = "rpc.method";
    public const string RpcStatusTag = "rpc.response.status_code";
    public const string HttpMethodTag = "http.request.method";
    public const string HttpStatusTag = "http.response.status_code";
    public const string ResendTag = "http.request.resend_count";
    public const string ErrorTag = "error.type";
    public const string ServerTag = "server.address";
    public const string PeerTag = "network.peer.address";
    public const string PeerPortTag = "network.peer.port";
    public const string ServiceTag = "muster.service";
    public const string NamespaceTag = "muster.namespace";
    public const string InstanceTag = "muster.instance";
    public const string AddressTag = "muster.address";
    public const string ResultTag = "muster.result";
    public const string PolicyTag = "muster.policy";
    public const string ShadowPolicyTag = "muster.shadow_policy";
    public const string AgreesTag = "muster.agrees";
    public const string StateTag = "muster.state";
    public const string ReasonTag = "muster.reason";
    public const string KindTag = "muster.kind";
    public const string AttemptTag = "muster.attempt";
}
