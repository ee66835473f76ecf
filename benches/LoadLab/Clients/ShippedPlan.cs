namespace Muster.Bench.LoadLab.Clients;

/// <summary>What one client of the product is like.</summary>
/// <param name="Policy">How it picks.</param>
/// <param name="Index">Which one it is.</param>
/// <param name="Count">Of how many.</param>
/// <param name="Subset">To how many servers it keeps; null is to all.</param>
internal readonly record struct ShippedPlan(string Policy, int Index, int Count, Subset? Subset);
