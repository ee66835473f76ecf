namespace Muster.Core.Model;

/// <summary>The tombstone of an instance.</summary>
/// <param name="Instance">Which instance left.</param>
/// <param name="Address">Its <c>host:port</c>; empty if it is not known.</param>
/// <param name="Removal">Why, when, and what shows it.</param>
/// <param name="Revision">The revision of the commit that removed it.</param>
/// <param name="Lease">The lease that held it; none if it is not known, as in files of earlier versions.</param>
public sealed record RemovalRecord(InstanceKey Instance, string Address, Removal Removal, Revision Revision, LeaseId Lease = default);
