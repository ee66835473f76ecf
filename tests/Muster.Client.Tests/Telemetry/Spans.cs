using System.Diagnostics;
using System.Threading.Channels;
using Muster.Client.Telemetry;

namespace Muster.Client.Tests.Telemetry;

/// <summary>A caller's own span, and the spans below it as they end; those of other tests of the process are none of its business.</summary>
internal sealed class Spans : IDisposable
{
    private const string CallerSource = "Muster.Client.Tests";
    private static readonly ActivitySource s_source = new(CallerSource);

    private readonly Channel<Activity> _ended = Channel.CreateUnbounded<Activity>();
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ActivityListener _listener;

    /// <param name="sources">More sources than Muster's.</param>
    public Spans(params string[] sources)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is CallerSource or MusterTelemetry.ActivitySourceName || sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.Parent.TraceId == _trace
                ? ActivitySamplingResult.AllDataAndRecorded
                : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _trace && activity.Source.Name != CallerSource)
                {
                    _ended.Writer.TryWrite(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        Caller = s_source.StartActivity(
            "caller", ActivityKind.Internal, new ActivityContext(_trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded))!;
    }

    /// <summary>The caller's span; it is the current one where this was made.</summary>
    public Activity Caller { get; }

    /// <summary>Starts a span of the caller's own below the current one.</summary>
    public static Activity Begin(string name) => s_source.StartActivity(name)!;

    /// <summary>Waits for spans to end.</summary>
    /// <returns>Them, as they began.</returns>
    public async Task<IReadOnlyList<Activity>> NextAsync(int count)
    {
        var spans = new List<Activity>();
        while (spans.Count < count)
        {
            spans.Add(await _ended.Reader.ReadAsync().AsTask().InTime());
        }

        return [.. spans.OrderBy(s => s.StartTimeUtc).ThenBy(s => s.GetTagItem(InstrumentNames.AttemptTag))];
    }

    /// <summary>Those that have ended and were not waited for.</summary>
    public int Rest => _ended.Reader.Count;

    public void Dispose()
    {
        Caller.Dispose();
        _listener.Dispose();
    }
}
