namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>What a round gave.</summary>
/// <param name="PerSecond">Things done a second.</param>
/// <param name="DriverCores">Cores that the driver was busy with.</param>
/// <param name="ServerCores">Cores that the server was busy with.</param>
internal readonly record struct Rate(double PerSecond, double DriverCores, double ServerCores);
