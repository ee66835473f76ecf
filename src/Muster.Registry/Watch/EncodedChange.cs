using Muster.Core.Catalog;
using Muster.Grpc;

namespace Muster.Registry.Watch;

/// <summary>A change of the catalog, and the bytes that tell of it.</summary>
internal readonly record struct EncodedChange(CatalogEvent Change, EncodedMessage Message);
