namespace Muster.Client.Telemetry;

/// <summary>How to subscribe to what this library tells: <c>AddMeter(MusterTelemetry.MeterName)</c>,
/// <c>AddSource(MusterTelemetry.ActivitySourceName)</c>.</summary>
public static class MusterTelemetry
{
    /// <summary>The meter of every instrument.</summary>
    public const string MeterName = "Muster.Client";

    /// <summary>The source of spans: one for each call, with an event for each attempt. The transport's own spans, one for each attempt,
    /// are its children.</summary>
    public const string ActivitySourceName = "Muster.Client";
}
