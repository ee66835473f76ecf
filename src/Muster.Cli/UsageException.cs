namespace Muster.Cli;

/// <summary>The command line or the environment is wrong; the message goes to stderr as it is.</summary>
internal sealed class UsageException(string message) : Exception(message);
