namespace Muster.Core.Model;

/// <summary>How two wishes about one instance combine.</summary>
public static class Intents
{
    /// <summary>The wish that keeps more calls away: OUT before DRAINING before SERVING. So an owner cannot bring back what an
    /// operator took out, and an operator cannot send calls to a process that is leaving.</summary>
    public static Intent Stronger(Intent a, Intent b) => a > b ? a : b;
}
