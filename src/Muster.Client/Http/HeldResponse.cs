using System.Buffers;

namespace Muster.Client.Http;

/// <summary>Holds a response back until its body and trailers are in, so that a break in the middle can still be retried.</summary>
internal static class HeldResponse
{
    /// <summary>Most that is held: the default limit of a gRPC message, and its prefix. What is larger goes through as it comes.</summary>
    private const int BytesMax = (4 * 1024 * 1024) + 5;

    /// <summary>Small calls fit: one rented block, one read, one copy.</summary>
    private const int FirstBlockBytes = 4096;

    /// <summary>Reads the body and puts it back as one that is at hand.</summary>
    /// <returns>Whether the body was read to its end, so that the trailers are there.</returns>
    public static async ValueTask<bool> HoldAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (ResponseSignals.IsTrailersOnly(response))
        {
            return true;
        }

        var received = response.Content;
        var stream = await received.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var block = ArrayPool<byte>.Shared.Rent(FirstBlockBytes);
        var count = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(block.AsMemory(count), cancellationToken).ConfigureAwait(false);
                count += read;
                if (read == 0 || count >= BytesMax)
                {
                    var isWhole = read == 0;
                    response.Content = new HeldContent(received, block.AsSpan(0, count).ToArray(), isWhole ? null : stream);
                    return isWhole;
                }

                if (count == block.Length)
                {
                    block = Grow(block);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static byte[] Grow(byte[] full)
    {
        var larger = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }
}
