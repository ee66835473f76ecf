using System.Collections.Immutable;
using Muster.Samples.Contracts;

namespace Muster.Samples.Demo.Processes;

/// <summary>A sample that the demo starts copies of.</summary>
/// <param name="Project">Its project.</param>
/// <param name="Name">Its copies are called name-1, name-2 and so on.</param>
/// <param name="Services">What each copy registers.</param>
/// <param name="AtStart">How many copies the demo begins with.</param>
internal sealed record ProgramKind(string Project, string Name, ImmutableArray<string> Services, int AtStart)
{
    /// <summary>What the demo runs.</summary>
    public static readonly ImmutableArray<ProgramKind> All =
    [
        new("Worker", "worker", [SumMethods.ServiceName, IncrementMethods.ServiceName], 3),
        new("Calculator", "calculator", [CalculatorMethods.ServiceName], 2),
        new("Echo", "echo", [EchoMethods.ServiceName], 2),
    ];
}
