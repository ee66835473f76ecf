using System.Net;
using System.Net.Sockets;
using Muster.Core;

namespace Muster.Client.Http;

/// <summary>Connects to whichever address of a host answers first.</summary>
/// <remarks>
/// RFC 8305, its simple part: families by turns, the next address when one has failed or has not answered for a while, and the first
/// connection wins. A name whose first address is dead (an IPv6 that is announced and not routed, most often) would else cost the whole time
/// to connect, with each connection.
/// <para>We intentionally do not ask for each family by itself: the system's resolver has one answer for both, in its own order of
/// preference.</para>
/// </remarks>
/// <param name="connect">Connects to one address.</param>
/// <param name="patience">How long an address may take before the next is tried beside it.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class HostDialer(
    Func<IPAddress, CancellationToken, Task<Socket>> connect, TimeSpan patience, TimeProvider timeProvider)
{
    private static readonly Task s_never = new TaskCompletionSource().Task;

    /// <summary>The addresses that are tried, in their order: those of the family that comes first, and the others, by turns.</summary>
    public static IReadOnlyList<IPAddress> Order(IReadOnlyList<IPAddress> addresses)
    {
        var first = addresses.Where(a => a.AddressFamily == addresses[0].AddressFamily).ToList();
        var others = addresses.Except(first).ToList();
        return
        [
            .. Enumerable.Range(0, addresses.Count)
                .SelectMany(i => first.Skip(i).Take(1).Concat(others.Skip(i).Take(1)))
                .Take(Limits.ConnectAddressesMax),
        ];
    }

    /// <summary>Connects.</summary>
    /// <param name="addresses">The host's addresses, at least one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">None could be connected to; it is the one of the last that failed.</exception>
    public async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        var order = Order(addresses);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<Socket>>(order.Count);
        try
        {
            for (var next = 0; ;)
            {
                if (next < order.Count)
                {
                    running.Add(connect(order[next++], stop.Token));
                }

                var pause = next < order.Count ? Task.Delay(patience, timeProvider, stop.Token) : s_never;
                await Task.WhenAny([.. running, pause]).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (running.Find(r => r.IsCompletedSuccessfully) is { } winner)
                {
                    running.Remove(winner);
                    return await winner.ConfigureAwait(false);
                }

                var failed = running.FindAll(r => r.IsCompleted);
                running.RemoveAll(failed.Contains);
                if (running.Count == 0 && next == order.Count)
                {
                    await failed[^1].ConfigureAwait(false);
                }
            }
        }
        finally
        {
            stop.Cancel();
            running.ForEach(Abandon);
        }
    }

    // It may have been made in this instant.
    private static void Abandon(Task<Socket> running) => _ = running.ContinueWith(
        static ended =>
        {
            if (ended.IsCompletedSuccessfully)
            {
                ended.Result.Dispose();
            }
            else
            {
                _ = ended.Exception;
            }
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
