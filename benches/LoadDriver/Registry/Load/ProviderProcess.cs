using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Muster.Bench.LoadDriver.Http2;
using Muster.Bench.LoadDriver.Registry.Systems;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>A provider in a process of its own, so that it can be killed: one session, one instance.</summary>
internal sealed class ProviderProcess : IAsyncDisposable
{
    private const string CommandName = "registry-provider";
    private const int TtlMs = 600_000;

    private readonly Process _process;

    private ProviderProcess(Process process) => _process = process;

    /// <summary>The service of a provider: its own, so that its watchers hear of nothing else.</summary>
    public static int ServiceOf(int number) => Record.Services + number;

    /// <summary>Starts it, and returns once it is registered.</summary>
    public static async Task<ProviderProcess> StartAsync(IPEndPoint registry, int number, CancellationToken cancellationToken)
    {
        var process = OwnProgram.Start(
            CommandName, registry.Port.ToString(CultureInfo.InvariantCulture), number.ToString(CultureInfo.InvariantCulture));
        _ = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("The provider ended before it was registered.");
        return new ProviderProcess(process);
    }

    public static Command CreateCommand()
    {
        var port = new Argument<int>("port");
        var number = new Argument<int>("number");
        var command = new Command(CommandName, "A provider of the bench 'registry'.") { port, number };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await RunAsync(new IPEndPoint(IPAddress.Loopback, parsed.GetValue(port)), parsed.GetValue(number), cancellationToken);
            return 0;
        });
        return command;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task RunAsync(IPEndPoint registry, int number, CancellationToken cancellationToken)
    {
        await using var connection = await FrameConnection.ConnectAsync(registry, cancellationToken);
        var work = Work.Of(1, n => n);
        var open = new SessionRequest { RequestId = 1, Open = new Open { TtlMs = TtlMs, Client = "bench" } };
        var register = new SessionRequest
        {
            RequestId = 2,
            Register = new RegisterRequest { Instance = Record.Make(number, ServiceOf(number)), Health = Health.Healthy },
        };
        var session = new Conversation(open, _ => register, 1, work, _ => { });
        session.Begin(connection, RegistryMethods.Session.FullName);
        connection.Flush();
        await session.Finished.WaitAsync(cancellationToken);
        Console.WriteLine("registered");
        await Console.In.ReadToEndAsync(cancellationToken);
    }
}
