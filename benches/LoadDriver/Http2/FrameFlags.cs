namespace Muster.Bench.LoadDriver.Http2;

/// <summary>The flags that matter here (RFC 9113 §6).</summary>
internal static class FrameFlags
{
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
}
