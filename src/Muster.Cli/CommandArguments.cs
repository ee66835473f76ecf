namespace Muster.Cli;

/// <summary>Accepts the spelling <c>-registry=host:port</c> beside <c>--registry</c>.</summary>
internal static class CommandArguments
{
    private const string SingleDash = "-registry";

    public static string[] Normalize(string[] args) =>
        [.. args.Select(a => a == SingleDash || a.StartsWith(SingleDash + "=", StringComparison.Ordinal) ? "-" + a : a)];
}
