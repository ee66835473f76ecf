using Muster.Core.Model;

namespace Muster.Registry;

/// <summary>What a registration came to.</summary>
internal sealed record Registered(InstanceKey Key, LeaseId Lease, Revision Revision);
