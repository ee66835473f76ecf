using System.Globalization;

namespace Muster.Grpc.Wire;

/// <summary>The value of <c>grpc-retry-pushback-ms</c>: milliseconds to wait; anything negative or unreadable means "do
/// not retry" (gRFC A6).</summary>
internal static class PushbackCodec
{
    public static string Format(TimeSpan pushback) => pushback < TimeSpan.Zero
        ? "-1"
        : Math.Min(int.MaxValue, (long)Math.Ceiling(pushback.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);

    public static TimeSpan Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : Timeout.InfiniteTimeSpan;
}
