namespace Muster.Samples.Demo.Display;

/// <summary>Turns counts that grow into rates, each over about a second.</summary>
/// <remarks>Not thread-safe: one display drives it. Bounded by the instances that a run can have.</remarks>
internal sealed class RateTable(TimeProvider timeProvider)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(string, string), (long At, long Count, double Rate)> _rows = [];

    /// <summary>How many came a second, lately.</summary>
    public double PerSecond(string service, string instance, long count)
    {
        var now = timeProvider.GetTimestamp();
        if (!_rows.TryGetValue((service, instance), out var row))
        {
            _rows[(service, instance)] = (now, count, 0);
            return 0;
        }

        var elapsed = timeProvider.GetElapsedTime(row.At, now);
        if (elapsed >= Window)
        {
            row = (now, count, (count - row.Count) / elapsed.TotalSeconds);
            _rows[(service, instance)] = row;
        }

        return row.Rate;
    }
}
