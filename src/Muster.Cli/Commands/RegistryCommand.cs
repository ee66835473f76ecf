using System.CommandLine;
using Microsoft.Extensions.Logging;
using Muster.Registry;

namespace Muster.Cli.Commands;

/// <summary><c>muster registry</c>: runs a registry node.</summary>
internal static class RegistryCommand
{
    public static Command Create()
    {
        var port = new Option<int?>("--port") { Description = "gRPC port; 0 lets the system choose. Environment: PORT. Default 5000." };
        var httpPort = new Option<int?>("--http-port") { Description = "HTTP port (health). Default: the port after --port." };
        var listenAny = new Option<bool>("--listen-any") { Description = "Listen on all addresses, without credentials. Default: loopback only." };
        var data = new Option<string?>("--data") { Description = "Directory to keep records in, so that they survive a restart. Default: in memory." };
        var noGuard = new Option<bool>("--no-guard")
        {
            Description = "Let leases run out however many do at once. Default: the mass-expiry guard holds back losses of more than 15 % at once.",
        };
        var command = new Command("registry", "Run a registry node. Flags win over environment, environment over defaults.")
        {
            port, httpPort, listenAny, data, noGuard,
        };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            new RegistryServerOptions
            {
                Port = Settings.Port(parsed.GetValue(port), RegistryServerOptions.PortDefault),
                HttpPort = parsed.GetValue(httpPort),
                ListenAny = parsed.GetValue(listenAny),
                DataDirectory = parsed.GetValue(data),
                IsGuarded = !parsed.GetValue(noGuard),
                TimeProvider = TimeProvider.System,
            },
            cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(RegistryServerOptions options, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(options, cancellationToken);
        Console.WriteLine($"registry: gRPC on {Where(options.ListenAny)}:{server.Port}, HTTP on {Where(options.ListenAny)}:{server.HttpPort}");
        await server.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static async Task<RegistryServer> StartAsync(RegistryServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await RegistryServer.StartAsync(options, ConfigureLogging, cancellationToken);
        }
        catch (IOException e) when (e.Message.Contains("in use", StringComparison.OrdinalIgnoreCase))
        {
            throw new IOException(
                $"{e.Message.TrimEnd('.')}. Another program has the port: 'ss -ltnp' shows which. Choose another with --port or PORT.", e);
        }
    }

    private static void ConfigureLogging(ILoggingBuilder logging) => logging
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });

    private static string Where(bool listenAny) => listenAny ? "*" : "localhost";
}
