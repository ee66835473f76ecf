namespace Muster.Client.Balancing;

/// <summary>A policy bound to one immutable list of candidates.</summary>
/// <remarks>Thread-safe. A pick touches no I/O, reads no clock but the one it is given, and allocates nothing. It does not
/// count the call that follows: that is the caller's, with <see cref="InstanceStatistics.OnSent"/>.</remarks>
public interface IPicker
{
    /// <summary>Chooses.</summary>
    /// <returns>An index into the candidates that the picker was made for.</returns>
    int Pick(in PickContext context);

    /// <summary>Says by which figures the picker chooses now, what the other candidates have, and how old the figures are, for logs at debug
    /// level: <c>2 in flight from here, the fewer of two random ones; all have 0 to 5, counted now</c>. Asked right after the pick, when its
    /// call has been counted (<see cref="InstanceStatistics.OnSent"/>), and only where somebody reads it. Draws no random numbers: who reads
    /// the log must not change what is picked.</summary>
    /// <param name="index">The candidate that was picked.</param>
    /// <param name="context">The context of that pick.</param>
    string Explain(int index, in PickContext context) => "";
}
