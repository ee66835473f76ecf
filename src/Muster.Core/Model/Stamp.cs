namespace Muster.Core.Model;

/// <summary>Orders soft state of one instance: a higher epoch is a newer owner; within it the sequence counts.</summary>
/// <param name="OwnerNode">The node that watches over the lease.</param>
/// <param name="Epoch">The lease's epoch.</param>
/// <param name="Sequence">Grows with each change that this owner saw.</param>
public readonly record struct Stamp(string OwnerNode, ulong Epoch, ulong Sequence)
{
    /// <summary>Whether this is newer than the other.</summary>
    public bool IsNewerThan(Stamp other) =>
        Epoch != other.Epoch ? Epoch > other.Epoch : Sequence > other.Sequence;
}
