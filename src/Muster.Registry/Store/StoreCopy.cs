using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>A copy of a store, to be read once. Dispose gives its room back.</summary>
/// <param name="content">The copy's bytes.</param>
/// <param name="storeId">The store it is of.</param>
/// <param name="revision">The last commit that is in it.</param>
/// <param name="onDispose">Runs when it is disposed, after the content.</param>
public sealed class StoreCopy(Stream content, string storeId, Revision revision, Action onDispose) : IAsyncDisposable
{
    /// <summary>The copy's bytes; its length is known.</summary>
    public Stream Content => content;

    /// <summary>The store it is of.</summary>
    public string StoreId => storeId;

    /// <summary>The last commit that is in it.</summary>
    public Revision Revision => revision;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        onDispose();
    }
}
