namespace Muster.Client.Balancing;

/// <summary>What a call belongs to, for the policies that keep together what belongs together.</summary>
public static class AffinityKeys
{
    /// <summary>The request option that holds the key: <c>request.Options.Set(AffinityKeys.Option, "user-17")</c>. Any text; empty
    /// counts as none.</summary>
    public static readonly HttpRequestOptionsKey<string> Option = new("Muster.Affinity");
}
