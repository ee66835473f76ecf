namespace Muster.Bench.LoadLab.Engine;

/// <summary>What a server does with a request.</summary>
internal enum ServerMode
{
    /// <summary>Works for it.</summary>
    Serving,

    /// <summary>Answers at once that it failed: a black hole, attractive to whoever looks at speed or at load alone.</summary>
    FailingAtOnce,

    /// <summary>Takes requests in and answers nothing: a process that hangs, whose heartbeats go on.</summary>
    Hanging,

    /// <summary>Is not there: connecting is refused.</summary>
    Down,
}
