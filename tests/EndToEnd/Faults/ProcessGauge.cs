using System.Globalization;

namespace Muster.EndToEnd.Faults;

/// <summary>What a process holds, as the system says it.</summary>
internal sealed class ProcessGauge(int id)
{
    /// <summary>Skips the test where the system does not say it.</summary>
    public static void Require() => Assert.SkipUnless(Directory.Exists("/proc/self/fd"), "What a process holds is read from /proc, which is Linux's.");

    /// <summary>Memory in use, in MiB.</summary>
    public int MemoryMiB => int.Parse(
        File.ReadLines($"/proc/{id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    /// <summary>Open files, connections among them.</summary>
    public int OpenFiles => Directory.GetFileSystemEntries($"/proc/{id}/fd").Length;

    /// <summary>Open sockets. Unlike <see cref="OpenFiles"/> their number has nothing to do with the assemblies that were needed so far.</summary>
    public int Sockets => Directory.GetFileSystemEntries($"/proc/{id}/fd")
        .Count(f => new FileInfo(f).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    /// <summary>Established connections to a port, in the process's own network.</summary>
    public int ConnectionsTo(int port)
    {
        const string Established = "01";
        var local = port.ToString("X4", CultureInfo.InvariantCulture);
        return new[] { "tcp", "tcp6" }.SelectMany(f => File.ReadLines($"/proc/{id}/net/{f}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[1].EndsWith(':' + local, StringComparison.Ordinal) && fields[3] == Established);
    }

    /// <summary>Waits until what is looked at holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, Func<string> state)
    {
        using var patience = new CancellationTokenSource(Processes.ChildProcess.WaitMax);
        while (!await holds())
        {
            try
            {
                await Task.Delay(200, patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"After {Processes.ChildProcess.WaitMax.TotalSeconds} s: {state()}");
            }
        }
    }
}
