namespace Muster.Client.Balancing;

/// <summary>Whether the load reports of a service are believed.</summary>
/// <remarks>
/// <para>A report has no field for its age, and one that comes with a response is taken to be as old as that. Where the application's figures
/// are older, or another process's, all callers run to whoever looked idle then, and the slower it gets the longer they do. One thing tells:
/// an instance cannot have fewer requests than this process alone has there. A report that says so is contradicted.</para>
/// <para>Calls that wait on their way, for a connection say, contradict reports that are right. So what counts is half a hundredth of all
/// reports, in <see cref="WindowsMax"/> windows of <see cref="Window"/> within <see cref="Within"/>. Then reports are not used, for a minute; if it
/// happens again as soon as they are believed again, for twice as long each time.</para>
/// Thread-safe. Asking is one read of memory.
/// </remarks>
internal sealed class ReportTrust
{
    /// <summary>How long contradictions are counted together.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(0.5);

    /// <summary>In so many windows too many.</summary>
    internal const int WindowsMax = 3;

    /// <summary>And all of them in this time.</summary>
    internal static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>How long reports are not believed, the first time.</summary>
    internal static readonly TimeSpan DoubtMin = TimeSpan.FromMinutes(1);

    /// <summary>And at most.</summary>
    internal static readonly TimeSpan DoubtMax = TimeSpan.FromMinutes(16);

    private const double ContradictedShareMax = 0.005;

    private readonly Lock _lock = new();
    private long _doubtedUntilTicks = long.MinValue;
    private TimeSpan _doubt;
    private TimeSpan _windowAt = TimeSpan.MinValue;
    private uint _reportsBefore;
    private uint _contradicted;
    private TimeSpan _firstBadAt = TimeSpan.MinValue;
    private int _badWindows;

    /// <summary>Tells that reports are not believed from now on, and for how long. On the thread of the call that brought the last of them.
    /// Must not block.</summary>
    public event Action<TimeSpan>? Doubted;

    /// <summary>Whether reports are believed.</summary>
    public bool IsGivenAt(TimeSpan now) => now.Ticks >= Volatile.Read(ref _doubtedUntilTicks);

    /// <summary>A report says fewer requests than there are from here alone.</summary>
    /// <param name="now">The time.</param>
    /// <param name="reports">How many reports there were until now; wraps around.</param>
    public void OnContradicted(TimeSpan now, uint reports)
    {
        TimeSpan doubt;
        lock (_lock)
        {
            if (!IsGivenAt(now) || !IsOneTooMany(now, reports))
            {
                return;
            }

            var isAgain = _doubt > TimeSpan.Zero && now.Ticks - _doubtedUntilTicks < _doubt.Ticks;
            _doubt = doubt = isAgain ? TimeSpan.FromTicks(Math.Min(_doubt.Ticks * 2, DoubtMax.Ticks)) : DoubtMin;
            _badWindows = 0;
            Volatile.Write(ref _doubtedUntilTicks, (now + doubt).Ticks);
        }

        Doubted?.Invoke(doubt);
    }

    private bool IsOneTooMany(TimeSpan now, uint reports)
    {
        if (_contradicted > 0 && now - _windowAt < Window)
        {
            _contradicted++;
            return false;
        }

        var isBad = _contradicted > 1 && _contradicted >= ContradictedShareMax * (reports - _reportsBefore);
        (_windowAt, _reportsBefore, _contradicted) = (now, reports, 1);
        if (!isBad)
        {
            return false;
        }

        if (_badWindows == 0 || now - _firstBadAt > Within)
        {
            (_firstBadAt, _badWindows) = (now, 0);
        }

        return ++_badWindows >= WindowsMax;
    }
}
