using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;
using Muster.Client;

namespace Muster.Bench.LoadDriver.Unregister;

/// <summary>A web app of the bench in a process of its own, so that it can be sent SIGTERM: it announces itself by the one line that every
/// web app has. Ends with its standard input at the latest.</summary>
internal sealed class DrainingApp : IAsyncDisposable
{
    public const string CommandName = "unregister-app";
    private const int SigTerm = 15;

    private readonly Process _process;

    private DrainingApp(Process process) => _process = process;

    /// <summary>Starts it, and returns once it is registered.</summary>
    public static async Task<DrainingApp> StartAsync(
        string registry, string service, string instanceId, CancellationToken cancellationToken)
    {
        var process = OwnProgram.Start(CommandName, registry, service, instanceId);
        _ = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("The app ended before it was registered.");
        return new DrainingApp(process);
    }

    /// <summary>Sends SIGTERM at this very moment: a program that does it would take some milliseconds to start.</summary>
    public void Terminate()
    {
        if (Kill(_process.Id, SigTerm) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Runs it, in its own process.</summary>
    public static async Task RunAsync(string registry, string service, string instanceId)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMuster(o => o with { Registry = registry });
        builder.Services.AddMusterRegistration(service, o => o with { InstanceId = instanceId });
        await using var app = builder.Build();
        app.MapGet("/", () => "hello");
        await app.StartAsync();
        await app.Services.GetRequiredService<IMusterRegistrations>().All[0].WaitRegisteredAsync(CancellationToken.None);
        Console.WriteLine("registered");
        // Reading the console holds a thread, which must not be one of the pool's.
        new Thread(() => StopWithParent(app)) { IsBackground = true }.Start();
        await app.WaitForShutdownAsync();
    }

    private static void StopWithParent(WebApplication app)
    {
        Console.In.ReadToEnd();
        app.Lifetime.StopApplication();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int processId, int signal);
}
