namespace Muster.Client.Discovery.Cache;

/// <summary>Finds the directory to keep instances in where the application names none.</summary>
internal static class CacheDirectory
{
    /// <summary>The environment variable that names it.</summary>
    public const string Variable = "MUSTER_CACHE_DIR";

    /// <summary>The variable's value that keeps nothing on disk.</summary>
    public const string Off = "off";

    /// <summary>The directory, or null to keep nothing on disk.</summary>
    public static string? Default => Of(
        Environment.GetEnvironmentVariable,
        OperatingSystem.IsWindows() ? Platform.Windows : OperatingSystem.IsMacOS() ? Platform.MacOS : Platform.Other);

    /// <summary>The directory by an environment: the variable first; else the user's own cache, where the system has one. There is no
    /// fallback to a directory that users share: whoever writes there decides where calls go.</summary>
    public static string? Of(Func<string, string?> environment, Platform platform)
    {
        // Empty counts as unset: compose files pass variables on that nobody set.
        if (environment(Variable) is { Length: > 0 } named)
        {
            return named.Equals(Off, StringComparison.OrdinalIgnoreCase) ? null : named;
        }

        return platform switch
        {
            Platform.Windows => Below(environment("LOCALAPPDATA"), "Muster"),
            Platform.MacOS => Below(environment("HOME"), "Library/Caches/muster"),
            _ => Below(environment("XDG_CACHE_HOME"), "muster") ?? Below(environment("HOME"), ".cache/muster"),
        };
    }

    // A relative path would depend on where the program was started; the root is what an account without a home has for one.
    private static string? Below(string? parent, string path) =>
        parent is { Length: > 0 } && Path.IsPathFullyQualified(parent) && Path.GetPathRoot(parent) != parent
            ? Path.Combine(parent, path)
            : null;

    /// <summary>Whose conventions count.</summary>
    internal enum Platform
    {
        Windows,
        MacOS,
        Other,
    }
}
