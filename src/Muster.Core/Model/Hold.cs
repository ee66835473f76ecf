namespace Muster.Core.Model;

/// <summary>What an operator wants of an instance, kept apart from its record: the owner can neither change it nor lose it by
/// registering again, and it outlives the instance.</summary>
/// <param name="Instance">The instance, whether it is listed now or not.</param>
/// <param name="Intent"><see cref="Intent.Draining"/> or <see cref="Intent.Out"/>; <see cref="Intent.Serving"/> is no hold.</param>
/// <param name="By">Who asked, and from where; for display only.</param>
/// <param name="At">When, by the registry's wall clock; for display only.</param>
public sealed record Hold(InstanceKey Instance, Intent Intent, string By, DateTimeOffset At);
