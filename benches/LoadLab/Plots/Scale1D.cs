namespace Muster.Bench.LoadLab.Plots;

/// <summary>Where a value lies between two ends of a line, and which values are worth a mark there.</summary>
/// <param name="low">The value at the beginning; above 0 on a logarithmic one.</param>
/// <param name="high">The value at the end.</param>
/// <param name="from">Where it begins.</param>
/// <param name="to">Where it ends.</param>
/// <param name="isLogarithmic">Whether each doubling takes as much room.</param>
internal sealed class Scale1D(double low, double high, double from, double to, bool isLogarithmic = false)
{
    /// <summary>The value at the end.</summary>
    public double High => high;

    /// <summary>Where a value lies; one beyond an end lies at it.</summary>
    public double At(double value)
    {
        var clamped = Math.Clamp(value, low, high);
        var share = isLogarithmic ? Math.Log(clamped / low) / Math.Log(high / low) : (clamped - low) / (high - low);
        return from + (share * (to - from));
    }

    /// <summary>Round values, some <paramref name="count"/> of them.</summary>
    public IEnumerable<double> Marks(int count)
    {
        if (isLogarithmic)
        {
            return LogarithmicMarks();
        }

        var rough = (high - low) / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        var first = Math.Ceiling(low / step);
        return Enumerable.Range(0, (int)Math.Floor((high / step) - first + 1e-9) + 1).Select(i => (first + i) * step);
    }

    private IEnumerable<double> LogarithmicMarks()
    {
        double[] steps = high / low > 300 ? [1] : [1, 2, 5];
        for (var power = Math.Pow(10, Math.Floor(Math.Log10(low))); power <= high; power *= 10)
        {
            foreach (var mark in steps.Select(step => step * power).Where(mark => mark >= low && mark <= high))
            {
                yield return mark;
            }
        }
    }
}
