namespace Muster.Client.Balancing;

/// <summary>A picker that knows whom it would choose next, if whom it chooses could not serve.</summary>
/// <remarks>Thread-safe, as <see cref="IPicker"/> is. A call that goes on at another instance asks it. Other pickers are asked for another pick a
/// few times; where that brings nobody new, the call goes to who has the least to do.</remarks>
public interface IRankingPicker : IPicker
{
    /// <summary>Chooses another.</summary>
    /// <param name="context">The context of the pick.</param>
    /// <param name="tried">Indices of candidates that are not to be chosen, in no order.</param>
    /// <returns>An index into the candidates; -1 if all of them are tried.</returns>
    int PickNext(in PickContext context, ReadOnlySpan<int> tried);
}
