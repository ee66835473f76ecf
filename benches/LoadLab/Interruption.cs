using System.Runtime.InteropServices;

namespace Muster.Bench.LoadLab;

/// <summary>Turns the signals that end a program into a token: the first asks to come to an end, a second ends it at once.</summary>
internal sealed class Interruption : IDisposable
{
    // What a shell says of a program that a signal has ended: 128 and the signal's number.
    private const int OfSigInt = 130;
    private const int OfSigTerm = 143;

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile int _exitCode;

    /// <summary>Listens from now on.</summary>
    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, OfSigInt)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, OfSigTerm)),
    ];

    /// <summary>Fires with the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What an interrupted program exits with; null if no signal came.</summary>
    public int? ExitCode => _exitCode == 0 ? null : _exitCode;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        // Web apps of a real run listen too and hold signals back, so leaving the second one alone would not end the program.
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
        {
            Environment.Exit(_exitCode);
        }

        _source.Cancel();
    }
}
