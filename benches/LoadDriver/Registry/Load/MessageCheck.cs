namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Whether a message is what is waited for.</summary>
internal delegate bool MessageCheck(ReadOnlySpan<byte> message);
