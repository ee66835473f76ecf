namespace Muster.Client.Balancing;

/// <summary>A policy bound to one immutable list of candidates.</summary>
/// <remarks>Thread-safe. A pick touches no I/O, reads no clock but the one it is given, and allocates nothing. It does not
/// count the call that follows: that is the caller's, with <see cref="InstanceStatistics.OnSent"/>.</remarks>
public interface IPicker
{
    /// <summary>Chooses.</summary>
    /// <returns>An index into the candidates that the picker was made for.</returns>
    int Pick(in PickContext context);

    /// <summary>Says by which signals the picker chooses now, for logs at debug level: <c>cost 2.4 of rif 3, report 120 ms old</c>.</summary>
    /// <param name="index">The candidate that was picked.</param>
    /// <param name="context">The context of that pick.</param>
    string Explain(int index, in PickContext context) => "";
}
