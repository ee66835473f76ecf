using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>A lease with what it holds.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Instances">The instances that end with it.</param>
public sealed record LeaseHolding(LeaseRecord Lease, ImmutableHashSet<InstanceKey> Instances);
