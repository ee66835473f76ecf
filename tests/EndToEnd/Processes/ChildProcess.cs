using System.Diagnostics;
using System.Globalization;

namespace Muster.EndToEnd.Processes;

/// <summary>A program that a test starts, hears, and always ends: dispose kills it by its id if it still runs.</summary>
/// <remarks>Every wait is for a line or for the exit, with one time limit whose message shows what the program said.</remarks>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>What any wait may take: far more than a loaded machine needs, so that only a hang meets it.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> _waits = [];
    private readonly Task _reading;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, StandardOutput), ReadAsync(process.StandardError, null));
    }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>The lines of stdout so far.</summary>
    public List<string> StandardOutput { get; } = [];

    /// <summary>Both streams so far, for messages.</summary>
    public string Transcript
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts a program without a terminal.</summary>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var child = StartWithInput(file, arguments, environment);
        child._process.StandardInput.Close();
        return child;
    }

    /// <summary>Starts a program on a terminal of its own, for <see cref="Type"/>; skips the test where 'script' is missing.
    /// What it says carries the terminal's control sequences.</summary>
    public static ChildProcess StartOnTerminal(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script is not installed (Debian: apt-get install bsdutils).");
        var command = string.Join(' ', arguments.Prepend(file).Select(word => $"'{word}'"));
        // The width that a terminal has when nobody says otherwise is none at all.
        return StartWithInput("/usr/bin/script", ["-qefc", $"stty cols 160 rows 50; exec {command}", "/dev/null"], environment);
    }

    /// <summary>Types on the program's terminal.</summary>
    public void Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    private static ChildProcess StartWithInput(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Programs.Root,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // What the machine happens to have set must not steer the program under test.
        foreach (var name in new[] { "PORT", "REGISTRY_ADDR", "REDIS_ADDR", "MY_ADDR" })
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{file}' did not start.");
        return new ChildProcess($"{Path.GetFileName(file)} {string.Join(' ', start.ArgumentList)}", process);
    }

    /// <summary>Waits for a line on either stream.</summary>
    public Task<string> WaitForLineAsync(string part) => WaitForLineAsync(line => line.Contains(part, StringComparison.Ordinal), part);

    /// <summary>Waits for a line on either stream.</summary>
    public async Task<string> WaitForLineAsync(Func<string, bool> wanted, string description)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.Find(line => wanted(line)) is { } line)
            {
                return line;
            }

            _waits.Add((wanted, found));
        }

        var ended = await Task.WhenAny(found.Task, _reading, Task.Delay(WaitMax));
        return ended == found.Task || found.Task.IsCompleted
            ? await found.Task
            : throw new TimeoutException($"Waited for a line with '{description}' from {_name}; {State()} It said:\n{Transcript}");
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(TimeSpan? limit = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit ?? WaitMax);
            await _reading;
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited for the end of {_name}; {State()} It said:\n{Transcript}");
        }
    }

    /// <summary>Sends a signal: <c>TERM</c>, <c>INT</c>, <c>STOP</c>, <c>CONT</c>, <c>KILL</c>.</summary>
    public void Signal(string signal)
    {
        if (_process.HasExited)
        {
            // Its id may be somebody else's by now.
            return;
        }

        using var kill = Process.Start("kill", ["-s", signal, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Sends SIGKILL at this very moment: <see cref="Signal"/> takes some milliseconds to start a program of its own.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private string State() => _process.HasExited
        ? string.Create(CultureInfo.InvariantCulture, $"it ended with {_process.ExitCode}.")
        : "it still runs.";

    private async Task ReadAsync(StreamReader reader, List<string>? copy)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _lines.Add(line);
                copy?.Add(line);
                foreach (var (_, found) in _waits.Where(wait => wait.Wanted(line)))
                {
                    found.TrySetResult(line);
                }
            }
        }
    }
}
