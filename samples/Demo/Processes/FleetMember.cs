using System.Collections.Immutable;

namespace Muster.Samples.Demo.Processes;

/// <summary>One copy of a sample.</summary>
internal sealed class FleetMember(ProgramKind kind, ChildProgram program)
{
    private volatile bool _leaving;
    private volatile bool _frozen;

    /// <summary>What it is a copy of.</summary>
    public ProgramKind Kind { get; } = kind;

    /// <summary>Its process.</summary>
    public ChildProgram Program { get; } = program;

    /// <summary>Its name.</summary>
    public string Name => Program.Name;

    /// <summary>The ids of its instances, by service.</summary>
    public ImmutableDictionary<string, string> InstanceIds { get; } = kind.Services.ToImmutableDictionary(
        service => service, service => Shared.Hosting.InstanceIds.Of(program.Name, service, kind.Services.Length));

    /// <summary>Whether it runs, and was not told to go or to stand still.</summary>
    public bool IsServing => !_leaving && !_frozen && Program.IsRunning;

    /// <summary>Whether it stands still.</summary>
    public bool IsFrozen => _frozen && Program.IsRunning;

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _leaving = true;
        Program.Kill();
    }

    /// <summary>SIGSTOP.</summary>
    public void Freeze()
    {
        _frozen = true;
        Program.Freeze();
    }

    /// <summary>SIGCONT.</summary>
    public void Thaw()
    {
        Program.Thaw();
        _frozen = false;
    }

    /// <summary>SIGTERM: it drains.</summary>
    public void Drain()
    {
        _leaving = true;
        Program.Terminate();
    }
}
