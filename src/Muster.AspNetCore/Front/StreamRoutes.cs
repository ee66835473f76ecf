using System.Collections.Frozen;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Muster.Grpc;

namespace Muster.AspNetCore.Front;

/// <summary>The paths of the gRPC methods that stream. The front sees a request before routing does.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class StreamRoutes(IEnumerable<EndpointDataSource> sources)
{
    private readonly EndpointDataSource[] _sources = [.. sources];

    // Replaced whole when the app's endpoints have changed. Several may read them at once, with the same result.
    private volatile Known? _known;

    /// <summary>Whether the method at this path streams, either way.</summary>
    public bool Contains(string? path)
    {
        var known = _known;
        if (known is null || known.IsOld)
        {
            known = Read();
            _known = known;
        }

        return path is not null && known.Paths.Contains(path);
    }

    private Known Read()
    {
        // The tokens first: what changes while the endpoints are read is read again.
        IChangeToken[] changes = [.. _sources.Select(s => s.GetChangeToken())];
        var paths = _sources.SelectMany(s => s.Endpoints)
            .Select(e => e.Metadata.GetMetadata<GrpcMethod>())
            .Where(m => m is not null && m.Kind != MethodKind.Unary)
            .Select(m => m!.FullName);
        return new Known(paths.ToFrozenSet(StringComparer.Ordinal), changes);
    }

    private sealed record Known(FrozenSet<string> Paths, IChangeToken[] Changes)
    {
        public bool IsOld
        {
            get
            {
                foreach (var change in Changes)
                {
                    if (change.HasChanged)
                    {
                        return true;
                    }
                }

                return false;
            }
        }
    }
}
