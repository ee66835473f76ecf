using Muster.Core;

namespace Muster.Testing.Contract.Rules;

/// <summary>A registration is refused for a living holder only if one was heard after it had arrived, or has no stream that answers
/// pings; and it is refused within the patience of the pings.</summary>
internal sealed class DeafLoseTheirAddress() : HistoryRule(ContractRules.DeafLoseTheirAddress)
{
    // The holders of id and address, one after the other, and once more after one of them was found deaf.
    private static readonly TimeSpan s_answerMax = (3 * Limits.PingPatience) + Limits.ExpiryLagMax;

    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is not HistoryEvent.AddressRefused refused || ledger.Store is not { } store || ledger.DisturbedAt >= refused.Arrived)
        {
            return;
        }

        var instances = store.StateAt(refused.Instance.Service, store.Revision)?.Values ?? [];
        var holders = instances.Where(i => i.Key == refused.Instance || i.AddressKey == refused.Address).ToList();
        if (holders.Count > 0 && holders.TrueForAll(h => h.Check is null && IsDeaf(store.Lease(h.Lease).Provider, refused)))
        {
            broken($"{refused.Instance} was refused {refused.Address.Address} for {holders[0].Key}, of which nothing was heard meanwhile");
        }

        if (refused.At - refused.Arrived > s_answerMax)
        {
            broken(FormattableString.Invariant($"{refused.Instance} was refused after {(refused.At - refused.Arrived).TotalSeconds} s only"));
        }
    }

    private static bool IsDeaf(ProviderLedger provider, HistoryEvent.AddressRefused refused) =>
        provider.AnswersPings && !(provider.HeardAt >= refused.Arrived);
}
