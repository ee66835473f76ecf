namespace Muster.Core.Model;

/// <summary>Where a watch can go on.</summary>
/// <param name="StoreId">The store that counted the revision; a token of another store is worth nothing.</param>
/// <param name="Revision">The last revision that was delivered whole.</param>
public readonly record struct ResumeToken(string StoreId, Revision Revision);
