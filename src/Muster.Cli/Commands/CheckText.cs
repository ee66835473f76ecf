using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary>Active checks and what they showed, in words.</summary>
internal static class CheckText
{
    /// <summary>What is checked, and how often; with the intervals that the registry takes where none was said.</summary>
    public static string Of(Check check)
    {
        var interval = check.IntervalMs == 0 ? Core.Limits.CheckIntervalDefault : TimeSpan.FromMilliseconds(check.IntervalMs);
        return $"{Kind(check)} every {Times.Span(interval)}";
    }

    /// <summary>What is checked.</summary>
    public static string Kind(Check check) => check.KindCase switch
    {
        Check.KindOneofCase.Http => $"http {(check.Http.Path.Length == 0 ? "/" : check.Http.Path)}",
        Check.KindOneofCase.Grpc => $"grpc {check.Grpc.Service}".TrimEnd(),
        Check.KindOneofCase.Tcp => "tcp",
        _ => "a check that this program does not know",
    };

    /// <summary>What the last probe showed, in a sentence.</summary>
    public static string Of(CheckState? state)
    {
        if (state is not { HasSinceLastMs: true })
        {
            return "No check of it has ended yet since this registry node started.";
        }

        var row = state.Failures > 0
            ? $"{state.Failures} failed in a row, for {Times.Span(TimeSpan.FromMilliseconds(state.FailingForMs))}"
            : $"{state.Successes} succeeded in a row";
        return $"The last check ended {Times.Span(TimeSpan.FromMilliseconds(state.SinceLastMs))} ago: {state.Detail}; {row}.";
    }

    public static object? ToJson(Check? check) => check is null ? null : new
    {
        kind = check.KindCase.ToString().ToLowerInvariant(),
        endpoint = check.Endpoint.Length == 0 ? null : check.Endpoint,
        path = check.Http?.Path,
        status = check.Http is { Status: > 0 } http ? http.Status : (uint?)null,
        service = check.Grpc?.Service,
        intervalMs = check.IntervalMs,
        timeoutMs = check.TimeoutMs,
        rise = check.Rise,
        fall = check.Fall,
        removeAfterMs = check.RemoveAfterMs == 0 ? (uint?)null : check.RemoveAfterMs,
    };

    public static object? ToJson(CheckState? state) => state is null ? null : new
    {
        health = state.Health.ToString().ToUpperInvariant(),
        successes = state.Successes,
        failures = state.Failures,
        detail = state.Detail,
        sinceLastMs = state.HasSinceLastMs ? state.SinceLastMs : (uint?)null,
        failingForMs = state.FailingForMs,
    };
}
