using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Muster.Samples.Demo.Processes;

/// <summary>One process of the demo.</summary>
internal sealed class ChildProgram : IDisposable
{
    // Enough to see why it ended; what it says is of no use otherwise.
    private const int LinesMax = 20;

    // Waits for a line before it becomes the program, so that the guard knows the id before the program runs: whenever the
    // demo is killed, there is either no program yet, or one that is on the guard's list. SIGINT is ignored because a Ctrl-C
    // reaches every process of the terminal, and it is the demo that says in which order they end.
    private const string Script = "trap '' INT; read -r go && exec \"$@\"";

    private readonly Process _process;
    private readonly ProcessGuard _guard;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _ended;
    private event Action<string>? LineRead;

    private ChildProgram(string name, Process process, ProcessGuard guard)
    {
        Name = name;
        _process = process;
        _guard = guard;
        _ended = FollowAsync();
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Whether it still runs.</summary>
    public bool IsRunning => !_ended.IsCompleted;

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => _ended;

    /// <summary>What it said last.</summary>
    public string LastLines => string.Join('\n', _lines);

    /// <summary>Starts a program, without a terminal.</summary>
    public static ChildProgram Start(
        string name, ProcessGuard guard, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> command)
    {
        var start = new ProcessStartInfo("sh")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-c", Script, name, .. command])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("'sh' did not start.");
        guard.Watch(process.Id);
        var program = new ChildProgram(name, process, guard);
        process.StandardInput.WriteLine("go");
        process.StandardInput.Close();
        return program;
    }

    /// <summary>Waits until it says something.</summary>
    /// <returns>The line.</returns>
    /// <exception cref="DemoException">It ended before, or the time ran out.</exception>
    public async Task<string> WaitForLineAsync(string part, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        LineRead += Look;
        try
        {
            // What it said before the handler was there.
            foreach (var line in _lines)
            {
                Look(line);
            }

            var first = await Task.WhenAny(found.Task, _ended).WaitAsync(timeout, timeProvider, cancellationToken);
            return first == found.Task || found.Task.IsCompleted
                ? await found.Task
                : throw new DemoException($"{Name} ended before it was ready:\n{LastLines}");
        }
        catch (TimeoutException)
        {
            throw new DemoException(string.Create(
                CultureInfo.InvariantCulture, $"{Name} was not ready within {timeout.TotalSeconds} s:\n{LastLines}"));
        }
        finally
        {
            LineRead -= Look;
        }

        void Look(string line)
        {
            if (line.Contains(part, StringComparison.Ordinal))
            {
                found.TrySetResult(line);
            }
        }
    }

    /// <summary>SIGKILL: it ends where it stands.</summary>
    public void Kill()
    {
        // Process.Kill sends SIGKILL to this id alone, and nothing once it has been reaped.
        _process.Kill();
    }

    /// <summary>SIGTERM: it drains and ends by itself.</summary>
    public void Terminate() => Signal("-TERM");

    /// <summary>SIGSTOP: it stands still, with all connections open.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>SIGCONT: it goes on.</summary>
    public void Thaw() => Signal("-CONT");

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    private void Signal(string signal)
    {
        if (!_process.HasExited)
        {
            // It may end of itself meanwhile; what kill then says is of no interest.
            var start = new ProcessStartInfo("kill") { RedirectStandardError = true };
            start.ArgumentList.Add(signal);
            start.ArgumentList.Add(_process.Id.ToString(CultureInfo.InvariantCulture));
            using var kill = Process.Start(start)!;
            kill.WaitForExit();
        }
    }

    private async Task FollowAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
        await _process.WaitForExitAsync();
        _guard.Forget(_process.Id);
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            while (_lines.Count > LinesMax && _lines.TryDequeue(out _))
            {
            }

            LineRead?.Invoke(line);
        }
    }
}
