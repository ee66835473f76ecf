using System.Globalization;

namespace Muster.Grpc.Wire;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit, one of H M S m u n.</summary>
internal static class TimeoutCodec
{
    /// <summary>The specification allows eight digits.</summary>
    private const long ValueMax = 99_999_999;

    /// <summary>Ticks (100 ns) of each unit, finest first; the nanosecond is a hundredth of a tick and handled
    /// apart.</summary>
    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>Writes a positive timeout in the finest unit that fits. Rounds up, so that a timeout never becomes zero
    /// and the server never gives up before the client.</summary>
    public static string Format(TimeSpan timeout)
    {
        if (timeout.Ticks <= ValueMax / TimeSpan.NanosecondsPerTick)
        {
            return Join(timeout.Ticks * TimeSpan.NanosecondsPerTick, 'n');
        }

        foreach (var (unit, ticks) in Units)
        {
            var value = (timeout.Ticks / ticks) + (timeout.Ticks % ticks == 0 ? 0 : 1);
            if (value <= ValueMax)
            {
                return Join(value, unit);
            }
        }

        // More than 11,000 years.
        return Join(ValueMax, 'H');
    }

    /// <summary>Reads a timeout. Zero is accepted, and means that the deadline has passed.</summary>
    public static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9
            || !long.TryParse(
                text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        var unit = text[^1];
        if (unit == 'n')
        {
            timeout = TimeSpan.FromTicks((value + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);
            return true;
        }

        foreach (var (known, ticks) in Units)
        {
            if (known == unit)
            {
                // The largest product, 99,999,999 hours, is 3.6e18 ticks and fits.
                timeout = TimeSpan.FromTicks(value * ticks);
                return true;
            }
        }

        return false;
    }

    private static string Join(long value, char unit) => string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
}
