using System.Globalization;

namespace Muster.Registry.Connections;

/// <summary>How many connections a process has room for: each is an open file, and a server that may open no more can neither
/// accept nor write its store.</summary>
internal static class OpenFiles
{
    private const string LimitsFile = "/proc/self/limits";

    /// <summary>Connections that may be open: as many as asked for, or nine tenths of the files that this process may open.</summary>
    public static long ConnectionsMax(long wanted) => ConnectionsMax(wanted, File.Exists(LimitsFile) ? File.ReadAllText(LimitsFile) : "");

    /// <summary>The same, given the text of <c>/proc/self/limits</c>; one that says nothing leaves what is wanted.</summary>
    public static long ConnectionsMax(long wanted, string limits)
    {
        const string Name = "Max open files";
        var line = limits.Split('\n').FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? Math.Min(wanted, files / 10 * 9) : wanted;
    }
}
