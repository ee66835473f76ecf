namespace Muster.Client.Telemetry;

/// <summary>How to subscribe to what this library tells: <c>AddMeter(MusterTelemetry.MeterName)</c>,
/// <c>AddSource(MusterTelemetry.ActivitySourceName)</c>.</summary>
public static class MusterTelemetry
{
    /// <summary>The meter of every instrument.</summary>
    public const string MeterName = "Muster.Client";

    /// <summary>The source of spans: one for each attempt, which says who was picked, by which policy, and how it ended. The transport's
    /// own span of the same request is its child.</summary>
    public const string ActivitySourceName = "Muster.Client";
}
