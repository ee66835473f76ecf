using System.ComponentModel;
using System.Diagnostics;

namespace Muster.EndToEnd.Python;

/// <summary>A Python that has grpcio. The one on the PATH need not be the one that the system's packages serve.</summary>
internal static class PythonInterpreter
{
    private static readonly Lazy<string?> LazyPath = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(HasGrpc));

    /// <summary>Whether there is one.</summary>
    public static bool IsThere => LazyPath.Value is not null;

    /// <summary>Its path; skips the test where there is none.</summary>
    public static string Require()
    {
        Assert.SkipWhen(LazyPath.Value is null, "No Python with grpcio and protobuf (Debian: apt-get install python3-grpcio python3-protobuf).");
        return LazyPath.Value!;
    }

    private static bool HasGrpc(string python)
    {
        try
        {
            var start = new ProcessStartInfo(python, ["-c", "import grpc, google.protobuf"]) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
