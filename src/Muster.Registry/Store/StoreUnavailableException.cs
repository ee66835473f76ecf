namespace Muster.Registry.Store;

/// <summary>The store cannot take commits right now.</summary>
/// <param name="message">What is wrong, with the path or the address.</param>
/// <param name="innerException">What the store said.</param>
public sealed class StoreUnavailableException(string message, Exception? innerException = null)
    : Exception(message, innerException);
