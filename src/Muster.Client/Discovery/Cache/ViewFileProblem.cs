namespace Muster.Client.Discovery.Cache;

/// <summary>Why a file of kept instances cannot be used. The default value is none.</summary>
/// <param name="Reason">In words that follow "is ignored:".</param>
internal readonly record struct ViewFileProblem(string? Reason)
{
    /// <summary>Whether there is nothing wrong.</summary>
    public bool IsNone => Reason is null;

    /// <summary>Whether it is the ordinary end of a file's life.</summary>
    public bool IsExpected { get; init; }

    /// <inheritdoc />
    public override string ToString() => Reason ?? "none";
}
