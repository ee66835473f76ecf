namespace Muster.Client.Balancing;

/// <summary>A policy bound to one immutable list of candidates.</summary>
/// <remarks>Thread-safe. A pick touches no I/O, reads no clock but the one it is given, and allocates nothing. It does not
/// count the call that follows: that is the caller's, with <see cref="InstanceStatistics.OnSent"/>.</remarks>
public interface IPicker
{
    /// <summary>Chooses.</summary>
    /// <returns>An index into the candidates that the picker was made for.</returns>
    int Pick(in PickContext context);
}
