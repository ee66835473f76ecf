using Muster.Registry.Store;

namespace Muster.Registry.Tests.Store;

public sealed class MemoryStoreTests : CatalogStoreConformance
{
    protected override Task<ICatalogStore> CreateAsync() => Task.FromResult<ICatalogStore>(new MemoryStore("memory-test"));
}
