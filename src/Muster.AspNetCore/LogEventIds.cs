namespace Muster.AspNetCore;

/// <summary>The log events of this library, in one place; <c>docs/reference/log-events.md</c> explains them.</summary>
internal static class LogEventIds
{
    public const int NoEndpoints = 2101;
    public const int DrainBegun = 2102;
    public const int DrainEnded = 2103;
    public const int DrainCutShort = 2104;
    public const int LoadSourceFailed = 2105;
    public const int RegistryAway = 2107;
    public const int ConnectionCut = 2108;
}
