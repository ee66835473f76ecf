using System.ComponentModel;
using System.Globalization;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Machines;

/// <summary>Two network namespaces joined by a veth pair: two PCs on one cable, each the other's only neighbour.</summary>
/// <remarks>The addresses are private ones and exist in these namespaces only. Disposing removes everything, programs
/// that still run included.</remarks>
internal sealed class TwoMachines : IAsyncDisposable
{
    // The interface's name is the same on both sides: names are per namespace.
    private const string Cable = "cable";

    private readonly List<ChildProcess> _programs = [];

    private TwoMachines(Machine first, Machine second) => (First, Second) = (first, second);

    public Machine First { get; }

    public Machine Second { get; }

    /// <summary>Makes them; skips the test where that is not allowed or not possible.</summary>
    public static async Task<TwoMachines> CreateAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Network namespaces need root.");
        var run = string.Create(CultureInfo.InvariantCulture, $"muster-{Environment.ProcessId}-{Guid.NewGuid():n}")[..24];
        var machines = new TwoMachines(new Machine($"{run}-a", "192.168.71.1"), new Machine($"{run}-b", "192.168.71.2"));
        try
        {
            await machines.ConnectAsync();
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }

        return machines;
    }

    /// <summary>Starts a program that ends with the machines at the latest.</summary>
    public ChildProcess Start(Machine machine, string project, string assembly, params IEnumerable<string> arguments)
    {
        var program = machine.Start(project, assembly, arguments);
        _programs.Add(program);
        return program;
    }

    /// <summary>Pulls the cable out, or puts it back.</summary>
    public static Task ConnectCableAsync(Machine machine, bool connected) =>
        IpAsync("-n", machine.Namespace, "link", "set", Cable, connected ? "up" : "down");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs))
        {
            await program.DisposeAsync();
        }

        foreach (var machine in new[] { First, Second })
        {
            if (File.Exists($"/run/netns/{machine.Namespace}"))
            {
                await IpAsync("netns", "delete", machine.Namespace);
            }
        }
    }

    private async Task ConnectAsync()
    {
        await AddOrSkipAsync(First);
        await AddOrSkipAsync(Second);
        await IpAsync("link", "add", Cable, "netns", First.Namespace, "type", "veth", "peer", "name", Cable, "netns", Second.Namespace);
        foreach (var machine in new[] { First, Second })
        {
            await IpAsync("-n", machine.Namespace, "address", "add", $"{machine.Address}/24", "dev", Cable);
            await IpAsync("-n", machine.Namespace, "link", "set", "lo", "up");
            await IpAsync("-n", machine.Namespace, "link", "set", Cable, "up");
        }

        // As on a real LAN, there is a way out, though nobody is there to answer.
        await IpAsync("-n", First.Namespace, "route", "add", "default", "via", Second.Address);
        await IpAsync("-n", Second.Namespace, "route", "add", "default", "via", First.Address);
    }

    private static async Task AddOrSkipAsync(Machine machine)
    {
        try
        {
            var error = await TryIpAsync("netns", "add", machine.Namespace);
            Assert.SkipWhen(error?.Contains("not permitted", StringComparison.Ordinal) ?? false, $"Network namespaces are not allowed here: {error}");
            Assert.Null(error);
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no 'ip' (Debian: apt-get install iproute2).");
        }
    }

    private static async Task IpAsync(params string[] arguments)
    {
        var error = await TryIpAsync(arguments);
        Assert.True(error is null, $"ip {string.Join(' ', arguments)}: {error}");
    }

    /// <summary>Null if it worked, else what it said.</summary>
    private static async Task<string?> TryIpAsync(params string[] arguments)
    {
        await using var ip = ChildProcess.Start("ip", arguments);
        return await ip.ExitAsync() == 0 ? null : ip.Transcript;
    }
}
