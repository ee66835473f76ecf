using System.Runtime.CompilerServices;

namespace Muster;

/// <summary>Tests, and the programs that they start, keep no instances on disk and find none, unless a test names a directory: what one
/// run leaves must not steer the next.</summary>
internal static class NothingKept
{
    [ModuleInitializer]
    internal static void SetUp() => Environment.SetEnvironmentVariable("MUSTER_CACHE_DIR", "off");
}
