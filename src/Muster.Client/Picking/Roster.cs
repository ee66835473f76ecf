using System.Collections.Immutable;
using Muster.Core.Replica;

namespace Muster.Client.Picking;

/// <summary>A service at one moment, with the member behind each instance.</summary>
/// <param name="View">The service as the registry shows it.</param>
/// <param name="Members">In the order of the view's instances.</param>
internal sealed record Roster(ServiceView View, ImmutableArray<Member> Members);
