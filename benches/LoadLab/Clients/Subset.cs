namespace Muster.Bench.LoadLab.Clients;

/// <summary>How clients keep to some of the servers, by the product's own subsetting.</summary>
/// <param name="Size">To how many.</param>
/// <param name="IsRing">Whether each client knows which of how many it is; if not, each keeps to some by chance.</param>
internal readonly record struct Subset(int Size, bool IsRing);
