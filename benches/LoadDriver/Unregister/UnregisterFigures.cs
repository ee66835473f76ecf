using System.Globalization;
using System.Text.Json;

namespace Muster.Bench.LoadDriver.Unregister;

/// <summary>What was measured.</summary>
internal sealed class UnregisterFigures(int instances, int callers)
{
    /// <summary>An instance that takes itself out is out of every caller's picks within this time.</summary>
    private static readonly TimeSpan Aim = TimeSpan.FromMilliseconds(100);

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    private readonly List<double> _gone = [];
    private readonly List<double> _back = [];
    private readonly List<double> _terminated = [];

    public bool AimIsMet => _gone.Count > 0 && _gone.Concat(_terminated).Max() <= Aim.TotalMilliseconds;

    public void Add(TimeSpan gone, TimeSpan back)
    {
        _gone.Add(gone.TotalMilliseconds);
        _back.Add(back.TotalMilliseconds);
    }

    public void AddTerminated(TimeSpan gone) => _terminated.Add(gone.TotalMilliseconds);

    public void Print(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_gone.Count} rounds, {instances} instances, {callers} callers, each with a watch of its own. Milliseconds:"));
        output.WriteLine("                          p50     p99     max     aim");
        var aim = string.Create(CultureInfo.InvariantCulture, $"{Aim.TotalMilliseconds,8:0}");
        output.WriteLine(Line("u to the last pick", _gone) + aim);
        output.WriteLine(Line("r to the first pick", _back));
        if (_terminated.Count > 0)
        {
            output.WriteLine(Line("SIGTERM to the last", _terminated) + aim);
        }

        output.WriteLine(AimIsMet ? "The aim is met." : "The aim is missed.");
    }

    public string ToJson() => JsonSerializer.Serialize(new
    {
        rounds = _gone.Count,
        instances,
        callers,
        cores = Environment.ProcessorCount,
        terminations = _terminated.Count,
        rows = new[]
        {
            Row("u to the last pick", _gone), Row("r to the first pick", _back), Row("SIGTERM to the last pick", _terminated),
        }.OfType<object>(),
        aim_ms = Aim.TotalMilliseconds,
        met = AimIsMet,
    }, Format);

    private static object? Row(string name, List<double> values) => values.Count == 0 ? null : new
    {
        row = name,
        p50_ms = Math.Round(Percentile(values, 0.5), 3),
        p99_ms = Math.Round(Percentile(values, 0.99), 3),
        max_ms = Math.Round(Percentile(values, 1), 3),
    };

    private static string Line(string name, List<double> values) => string.Create(CultureInfo.InvariantCulture,
        $"{name,-21}{Percentile(values, 0.5),8:0.00}{Percentile(values, 0.99),8:0.00}{Percentile(values, 1),8:0.00}");

    /// <summary>The smallest value that the given share of all values does not exceed.</summary>
    private static double Percentile(List<double> values, double share) =>
        values.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(share * values.Count) - 1));
}
