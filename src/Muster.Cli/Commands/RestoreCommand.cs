using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Muster.Core;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary><c>muster restore FILE</c>: replaces all that a running registry keeps by a backup.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A file that 'muster backup' wrote." };
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var command = new Command("restore", "Replace all that a registry with --data keeps by a backup, while it runs. What is not in the backup registers again by itself.")
        {
            file, registry, json,
        };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(file)!, parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(string registry, string file, bool json, CancellationToken cancellationToken)
    {
        RestoreResponse response;
        try
        {
            await using var source = File.OpenRead(file);
            response = await SendAsync(registry, source, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{file} cannot be read: {e.Message}", e);
        }
        catch (RpcException e) when (e.Code == StatusCode.InvalidArgument)
        {
            throw new IOException($"{file}: {e.Status.Detail}", e);
        }

        Console.WriteLine(json
            ? JsonSerializer.Serialize(new
            {
                file,
                services = response.Services,
                instances = response.Instances,
                store = response.Token.StoreId,
                revision = response.Token.Revision,
            }, CommonOptions.JsonFormat)
            : string.Create(CultureInfo.InvariantCulture,
                $"{file} is restored: {response.Services} services with {response.Instances} instances, as store {response.Token.StoreId} at revision {response.Token.Revision}. Instances that run and are not in it register again by themselves; those in it that are gone leave after one TTL."));
        return 0;
    }

    private static async Task<RestoreResponse> SendAsync(string registry, FileStream source, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        await using var call = connection.Client.Streaming(
            RegistryMethods.Restore, new() { Timeout = BackupCommand.Patience, CancellationToken = cancellationToken });
        try
        {
            var buffer = new byte[Limits.BackupPartBytes];
            var first = true;
            int read;
            do
            {
                read = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
                await call.WriteAsync(
                    new RestoreRequest { Data = ByteString.CopyFrom(buffer, 0, read), Operator = first ? Settings.OperatorName : "" }, cancellationToken);
                first = false;
            }
            while (read == buffer.Length);
            await call.CompleteWritesAsync();
        }
        catch (RpcException)
        {
            // The registry has ended the call; reading the answer says why.
        }

        return await call.ReadAsync(cancellationToken) ?? throw new IOException("the registry did not answer.");
    }
}
