namespace Muster.Core.Calls;

/// <summary>What became of a report.</summary>
public enum CallVerdict
{
    /// <summary>It counts.</summary>
    Taken,

    /// <summary>The caller speaks of as many instances as one may.</summary>
    CallerIsFull,

    /// <summary>The table is full.</summary>
    TableIsFull,
}
