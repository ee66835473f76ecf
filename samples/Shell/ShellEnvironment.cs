namespace Muster.Samples.Shell;

/// <summary>What the shell has from outside.</summary>
/// <param name="TimeProvider">The clock.</param>
/// <param name="NewKey">Makes idempotency keys.</param>
/// <param name="Output">Takes results.</param>
/// <param name="Error">Takes everything else.</param>
internal sealed record ShellEnvironment(TimeProvider TimeProvider, Func<string> NewKey, TextWriter Output, TextWriter Error);
