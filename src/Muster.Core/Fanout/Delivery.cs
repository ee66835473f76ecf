using Muster.Core.Model;

namespace Muster.Core.Fanout;

/// <summary>The next thing to send to a watcher.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Service">The service it concerns.</param>
/// <param name="Payloads">The messages, in order; empty for the kinds that the caller makes itself.</param>
/// <param name="Revision">For records: the revision that the batch completes.</param>
public readonly record struct Delivery<TPayload>(
    DeliveryKind Kind, ServiceKey Service, IReadOnlyList<TPayload> Payloads, Revision Revision);
