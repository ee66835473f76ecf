namespace Muster.EndToEnd.Processes;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Stdout alone.</param>
/// <param name="Transcript">Stdout and stderr.</param>
internal sealed record CallResult(int ExitCode, string Output, string Transcript);
