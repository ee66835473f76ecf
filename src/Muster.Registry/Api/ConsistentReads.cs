using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Registry.Api;

/// <summary>Reads that are at least as new as the caller has seen.</summary>
internal static class ConsistentReads
{
    /// <summary>The newest snapshot, once the catalog has reached a revision; 0 does not wait.</summary>
    /// <exception cref="RpcException">Unavailable: it has not within <see cref="Limits.RevisionWaitMax"/>.</exception>
    public static async Task<CatalogSnapshot> ReadAsync(this CatalogFeed feed, ulong minRevision, CancellationToken cancellationToken)
    {
        if (!await feed.WaitForAsync(new Revision(minRevision), Limits.RevisionWaitMax, cancellationToken))
        {
            throw new RpcException(StatusCode.Unavailable,
                $"min_revision is {minRevision}: this node is at {feed.Current.Revision} after waiting {Limits.RevisionWaitMax.TotalSeconds} s.");
        }

        return feed.Current;
    }
}
