using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Interop.Protos;

namespace Muster.Interop;

/// <summary>Another implementation of gRPC, as a process. Killed by id on dispose.</summary>
internal sealed class Peer : IAsyncDisposable
{
    public const string Python = "python";
    public const string Node = "node";

    /// <summary>The exit code by which a client says that its API cannot express a case; its output says why.</summary>
    private const int CannotExpress = 77;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly string Folder = typeof(Peer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "InteropFolder").Value!;

    private readonly Process _process;
    private readonly Task<string> _errors;

    private Peer(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Both take proxies from the environment, even for loopback.
        start.Environment["no_proxy"] = "*";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Port { get; private set; }

    /// <summary>Starts the peer's test server.</summary>
    public static async Task<Peer> StartServerAsync(string language)
    {
        var peer = await StartAsync(language, "server");
        var line = await peer._process.StandardOutput.ReadLineAsync().WaitAsync(Bound);
        if (!int.TryParse(line, CultureInfo.InvariantCulture, out var port))
        {
            await peer.DisposeAsync();
            Assert.Fail($"The {language} server did not start: {line}\n{await peer._errors}");
        }

        peer.Port = port;
        return peer;
    }

    /// <summary>Runs one case in the peer's test client; skips the test where its API cannot express the
    /// case.</summary>
    public static async Task RunClientAsync(string language, int port, string testCase)
    {
        await using var peer = await StartAsync(language, "client", $"127.0.0.1:{port}", testCase);
        var output = peer._process.StandardOutput.ReadToEndAsync();
        await peer._process.WaitForExitAsync().WaitAsync(Bound);
        Assert.SkipWhen(peer._process.ExitCode == CannotExpress, $"{language}: {(await output).Trim()}");
        Assert.True(
            peer._process.ExitCode == 0, $"{testCase} failed in {language}:\n{await output}\n{await peer._errors}");
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

    private static async Task<Peer> StartAsync(string language, string role, params string[] arguments)
    {
        if (language == Python)
        {
            Assert.SkipUnless(await SucceedsAsync("/usr/bin/python3", "-c", "import grpc, google.protobuf"),
                "python: the grpc and protobuf modules (Debian: python3-grpcio, python3-protobuf) are not installed.");
            var script = Path.Combine(Folder, "python", $"interop_{role}.py");
            return new Peer("/usr/bin/python3", [script, await DescriptorsAsync(), .. arguments]);
        }

        var hasModules = Directory.Exists(Path.Combine(Folder, "node", "node_modules"));
        Assert.SkipUnless(
            hasModules && await SucceedsAsync("node", "--version"),
            "node: run 'npm ci' in tests/Interop/node first.");
        return new Peer(
            "node", [Path.Combine(Folder, "node", $"interop_{role}.js"), Path.Combine(Folder, "Protos"), .. arguments]);
    }

    private static async Task<bool> SucceedsAsync(string command, params string[] arguments)
    {
        try
        {
            await using var peer = new Peer(command, arguments);
            await peer._process.WaitForExitAsync().WaitAsync(Bound);
            return peer._process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Python gets the messages as descriptors: it has no compiler for .proto files here.</summary>
    private static async Task<string> DescriptorsAsync()
    {
        var set = new FileDescriptorSet();
        FileDescriptor[] files = [EmptyReflection.Descriptor, MessagesReflection.Descriptor, TestReflection.Descriptor];
        foreach (var file in files)
        {
            set.File.Add(FileDescriptorProto.Parser.ParseFrom(file.SerializedData));
        }

        var path = Path.Combine(AppContext.BaseDirectory, "interop.desc");
        await using (var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            set.WriteTo(stream);
        }

        return path;
    }
}
