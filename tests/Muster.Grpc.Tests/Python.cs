using System.Diagnostics;
using System.Text.Json;

namespace Muster.Grpc.Tests;

/// <summary>Python processes with grpcio, another implementation of gRPC. Killed by id on dispose.</summary>
internal sealed class Python : IAsyncDisposable
{
    private const string Interpreter = "/usr/bin/python3";

    private static readonly Lazy<Task<bool>> HasGrpc = new(async () =>
    {
        if (!File.Exists(Interpreter))
        {
            return false;
        }

        await using var python = new Python(["-c", "import grpc"]);
        await python._process.WaitForExitAsync();
        return python._process.ExitCode == 0;
    });

    private readonly Process _process;
    private readonly Task<string> _errors;

    private Python(string[] arguments)
    {
        var start = new ProcessStartInfo(Interpreter, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // grpcio takes proxies from the environment, even for loopback.
        start.Environment["no_proxy"] = "*";
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Skips the test where grpcio is not installed.</summary>
    public static async Task RequireGrpcAsync() =>
        Assert.SkipUnless(
            await HasGrpc.Value, $"{Interpreter} with the grpc module (Debian: python3-grpcio) is not installed.");

    /// <summary>Runs a script of this project's Python folder.</summary>
    public static Python Start(string script, params string[] arguments) =>
        new([Path.Combine(AppContext.BaseDirectory, "Python", script), .. arguments]);

    /// <summary>The next line of the script's output.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().Soon()
        ?? throw new InvalidOperationException($"The script ended without output:\n{await _errors}");

    /// <summary>The next line of the script's output, as JSON.</summary>
    public async Task<JsonElement> ReadJsonAsync()
    {
        using var document = JsonDocument.Parse(await ReadLineAsync());
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _errors;
        _process.Dispose();
    }
}
