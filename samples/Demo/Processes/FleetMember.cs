namespace Muster.Samples.Demo.Processes;

/// <summary>One copy of a sample.</summary>
internal sealed class FleetMember(ProgramKind kind, ChildProgram program)
{
    private volatile bool _leaving;

    /// <summary>What it is a copy of.</summary>
    public ProgramKind Kind { get; } = kind;

    /// <summary>Its process.</summary>
    public ChildProgram Program { get; } = program;

    /// <summary>Its name, which is the id of its instances.</summary>
    public string Name => Program.Name;

    /// <summary>Whether it runs and was not told to go.</summary>
    public bool IsServing => !_leaving && Program.IsRunning;

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _leaving = true;
        Program.Kill();
    }

    /// <summary>SIGTERM: it drains.</summary>
    public void Drain()
    {
        _leaving = true;
        Program.Terminate();
    }
}
