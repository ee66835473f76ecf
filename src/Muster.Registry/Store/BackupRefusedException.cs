namespace Muster.Registry.Store;

/// <summary>What was given as a backup is none, or is damaged. Nothing was changed.</summary>
/// <param name="message">What is wrong with it: the rest of a sentence that begins with its name.</param>
/// <param name="innerException">What the store said.</param>
public sealed class BackupRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);
