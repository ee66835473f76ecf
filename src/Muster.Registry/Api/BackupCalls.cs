using System.Runtime.CompilerServices;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Store;

namespace Muster.Registry.Api;

/// <summary>Backup and Restore: all that the registry keeps, out and in.</summary>
internal sealed partial class BackupCalls(
    ICatalogStore store, CatalogFeed feed, IdSource ids, TimeProvider timeProvider, ILogger<BackupCalls> logger)
{
    public async Task BackupAsync(BackupRequest request, IResponseWriter<BackupResponse> responses, GrpcServerContext context)
    {
        var backups = Require();
        await using var copy = await TryAsync(() => backups.CopyAsync(context.CancellationToken));
        var first = new BackupResponse
        {
            BytesTotal = (ulong)copy.Content.Length,
            Token = new Core.Model.ResumeToken(copy.StoreId, copy.Revision).ToWire(),
        };
        var buffer = new byte[Limits.BackupPartBytes];
        while (await copy.Content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.CancellationToken) is > 0 and var read)
        {
            first.Data = ByteString.CopyFrom(buffer, 0, read);
            await BoundAsync(token => responses.WriteAsync(first, token), "taken", context.CancellationToken);
            first = new BackupResponse();
        }
    }

    public async Task<RestoreResponse> RestoreAsync(IRequestReader<RestoreRequest> requests, GrpcServerContext context)
    {
        var backups = Require();
        var first = await requests.ReadAsync(context.CancellationToken)
            ?? throw new RpcException(StatusCode.InvalidArgument, "data is absent: the bytes of a backup are needed.");
        var asker = ApiCaller.Of(context).OperatorName(first.Operator).OrThrow();
        LogRestoreAsked(asker);
        var revision = await TryAsync(() => backups.ReplaceAsync(
            ReadDataAsync(first, requests, context.CancellationToken), $"sqlite-{ids.NextName()}", context.CancellationToken));
        if (!await feed.WaitForAsync(revision, Limits.RevisionWaitMax, context.CancellationToken))
        {
            throw new RpcException(StatusCode.Unavailable,
                $"revision {revision} is committed, but this node has not caught up with it within {Limits.RevisionWaitMax.TotalSeconds} s.");
        }

        var restored = feed.Current;
        return new RestoreResponse
        {
            Token = new Core.Model.ResumeToken(restored.StoreId, revision).ToWire(),
            Services = restored.Services.Count,
            Instances = restored.Services.Values.Sum(s => s.Instances.Count),
        };
    }

    private IBackupStore Require() => store as IBackupStore ?? throw new RpcException(
        StatusCode.FailedPrecondition, "this registry keeps its records in memory: only one that was started with --data can be backed up and restored.");

    private static async Task<T> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (StoreUnavailableException e)
        {
            throw new RpcException(StatusCode.Unavailable, e.Message);
        }
        catch (BackupRefusedException e)
        {
            throw new RpcException(StatusCode.InvalidArgument, $"the backup {e.Message}; nothing was changed.");
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadDataAsync(
        RestoreRequest first, IRequestReader<RestoreRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var part = first;
        while (part is not null)
        {
            yield return part.Data.Memory;
            await BoundAsync(async token => part = await requests.ReadAsync(token), "sent", cancellationToken);
        }
    }

    // One copy is on its way at a time, so who stops in the middle would stop everybody.
    private async Task BoundAsync(Func<CancellationToken, ValueTask> step, string what, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(Limits.BackupSilenceMax, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            await step(either.Token);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.DeadlineExceeded,
                $"no part of the backup was {what} for {Limits.BackupSilenceMax.TotalSeconds} s, which is the most that is allowed; nothing was changed.");
        }
    }

    [LoggerMessage(EventIds.RestoreAsked, LogLevel.Warning, "{Asker} sends a backup to be restored")]
    private partial void LogRestoreAsked(string asker);
}
