using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.Core;

namespace Muster.Registry.Connections;

/// <summary>Closes connections that open and say nothing: Kestrel would keep each for two minutes, and thousands of them would
/// leave no room for who has something to say.</summary>
internal sealed class FirstBytes(ConnectionDelegate next, HttpProtocols protocols, TimeProvider timeProvider)
{
    /// <summary>Where HTTP/2 begins: the client's preface (RFC 9113 §3.4). An HTTP/1 request begins with anything.</summary>
    private readonly ReadOnlyMemory<byte> _beginning =
        protocols == HttpProtocols.Http2 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray() : ReadOnlyMemory<byte>.Empty;

    public async Task RunAsync(ConnectionContext connection)
    {
        if (await HasBegunAsync(connection))
        {
            await next(connection);
        }
    }

    private async Task<bool> HasBegunAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(Limits.FirstBytesWaitMax, timeProvider);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(patience.Token);
                var isEnough = read.IsCompleted || !IsMoreNeeded(read.Buffer);
                // Nothing is consumed: what was read is the server's to read again.
                input.AdvanceTo(read.Buffer.Start, isEnough ? read.Buffer.Start : read.Buffer.End);
                if (isEnough)
                {
                    return !read.IsCompleted || !read.Buffer.IsEmpty;
                }
            }
        }
        catch (OperationCanceledException)
        {
            connection.Abort(new ConnectionAbortedException("No request began in time."));
            return false;
        }
        catch (IOException)
        {
            // The client reset it, which needs no log.
            return false;
        }
    }

    /// <summary>Whether what came is a part of the preface; what is not one is the server's to refuse.</summary>
    private bool IsMoreNeeded(ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return true;
        }

        var length = (int)Math.Min(buffer.Length, _beginning.Length);
        return length < _beginning.Length && buffer.Slice(0, length).ToArray().AsSpan().SequenceEqual(_beginning.Span[..length]);
    }
}
