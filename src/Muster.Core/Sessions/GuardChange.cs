namespace Muster.Core.Sessions;

/// <summary>What happened to a guard.</summary>
public enum GuardChange
{
    /// <summary>Too many fell silent at once: nobody is removed for silence from now on.</summary>
    Began,

    /// <summary>Enough of them are back.</summary>
    Recovered,

    /// <summary>An operator ended it.</summary>
    Released,
}
