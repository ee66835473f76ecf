using Muster.Protocol.V1;

namespace Muster.Client.Registration;

/// <summary>A message to send, and the instances whose health and load are still to be asked for: that runs application code,
/// so it happens outside the session's lock.</summary>
internal readonly record struct SessionSend(SessionRequest Message, IReadOnlyList<SessionEntry> Reporting);
