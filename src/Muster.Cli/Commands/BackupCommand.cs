using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary><c>muster backup FILE</c>: a copy of all that a running registry keeps.</summary>
internal static class BackupCommand
{
    /// <summary>How long the whole of a backup may take, there or back: 2 GiB at 4 MB/s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "Where to write the copy. It holds lease ids, which prove ownership: guard it." };
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var force = new Option<bool>("--force") { Description = "Replace the file if it exists. Default: refuse." };
        var command = new Command("backup", "Copy all that a registry with --data keeps into a file, while it runs.") { file, registry, force, json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(file)!, parsed.GetValue(force), parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(string registry, string file, bool force, bool json, CancellationToken cancellationToken)
    {
        if (!force && File.Exists(file))
        {
            throw new IOException($"{file} exists already; give another name, or --force to replace it.");
        }

        // Under another name until it is complete: whatever happens, FILE is a whole backup or is not there.
        var part = $"{file}.part";
        try
        {
            var first = await ReceiveAsync(registry, part, cancellationToken);
            File.Move(part, file, overwrite: force);
            Console.WriteLine(json
                ? JsonSerializer.Serialize(
                    new { file, bytes = first.BytesTotal, store = first.Token.StoreId, revision = first.Token.Revision }, CommonOptions.JsonFormat)
                : string.Create(CultureInfo.InvariantCulture,
                    $"{file}: {first.BytesTotal} bytes, all of store {first.Token.StoreId} at revision {first.Token.Revision}."));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{file} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(part))
            {
                File.Delete(part);
            }
        }
    }

    private static async Task<BackupResponse> ReceiveAsync(string registry, string part, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        await using var call = connection.Client.ServerStreaming(
            RegistryMethods.Backup, new BackupRequest(), new() { Timeout = Patience, CancellationToken = cancellationToken });
        // Before the file is made: an address that answers nothing should leave nothing behind.
        var first = await call.ReadAsync(cancellationToken) ?? throw new IOException("the registry sent nothing.");
        await using var target = Create(part);
        for (var message = first; message is not null; message = await call.ReadAsync(cancellationToken))
        {
            await target.WriteAsync(message.Data.Memory, cancellationToken);
        }

        if ((ulong)target.Length != first.BytesTotal)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{target.Length} of {first.BytesTotal} bytes came."));
        }

        // On the disk before the name says that it is there.
        target.Flush(flushToDisk: true);
        return first;
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
