using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Muster.Samples.Demo.Traffic;

namespace Muster.Samples.Demo;

/// <summary>What a run came to, for people's tools: the JSON of <c>--report</c>.</summary>
internal sealed record DemoReport
{
    /// <summary>Calls that ended, well or not. A call that the handler retried counts once.</summary>
    [JsonPropertyName("calls")]
    public required long Calls { get; init; }

    /// <summary>Calls that failed.</summary>
    [JsonPropertyName("failed")]
    public required long Failed { get; init; }

    /// <summary>Increments that a worker acknowledged.</summary>
    [JsonPropertyName("acknowledged_increments")]
    public required long AcknowledgedIncrements { get; init; }

    /// <summary>By how much the run's counter grew, read in Redis after the last call had ended.</summary>
    [JsonPropertyName("counter")]
    public required long Counter { get; init; }

    /// <summary>Attempts that failures led to.</summary>
    [JsonPropertyName("retries")]
    public required long Retries { get; init; }

    /// <summary>Attempts that slowness led to.</summary>
    [JsonPropertyName("hedges")]
    public required long Hedges { get; init; }

    /// <summary>How often the policy <c>adaptive</c> would have chosen the same instance, 0 to 1; null if it was not asked.</summary>
    [JsonPropertyName("shadow_agreement")]
    public required double? ShadowAgreement { get; init; }

    /// <summary>The process that was killed last; null if none was.</summary>
    [JsonPropertyName("killed_process")]
    public required string? KilledProcess { get; init; }

    /// <summary>From the signal to the last time that the process was chosen; 0 if it was not chosen any more, null if none
    /// was killed.</summary>
    [JsonPropertyName("milliseconds_until_last_call_to_killed")]
    public required double? MillisecondsUntilLastCallToKilled { get; init; }

    /// <summary>By service.</summary>
    [JsonPropertyName("per_service")]
    public required SortedDictionary<string, ServiceFigures> PerService { get; init; }

    /// <summary>Answered calls by instance.</summary>
    [JsonPropertyName("per_instance_calls")]
    public required SortedDictionary<string, long> PerInstanceCalls { get; init; }

    /// <summary>What the first failures said.</summary>
    [JsonIgnore]
    public ImmutableArray<string> FailureTexts { get; init; } = [];

    /// <summary>Whether every call succeeded and every acknowledged increment counted once.</summary>
    [JsonIgnore]
    public bool IsGood => Failed == 0 && Counter == AcknowledgedIncrements;

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format);

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>One service.</summary>
    /// <param name="Calls">Calls that ended.</param>
    /// <param name="P50">Milliseconds that half of the successful calls did not exceed.</param>
    /// <param name="P99">Milliseconds that 99 % of the successful calls did not exceed.</param>
    internal sealed record ServiceFigures(
        [property: JsonPropertyName("calls")] long Calls,
        [property: JsonPropertyName("p50")] double P50,
        [property: JsonPropertyName("p99")] double P99)
    {
        /// <summary>Reads a meter.</summary>
        public static ServiceFigures Of(CallMeter meter) => new(
            meter.Calls, meter.Latency.Percentile(0.5).TotalMilliseconds, meter.Latency.Percentile(0.99).TotalMilliseconds);
    }
}
