using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <content>What a restored backup means for leases.</content>
internal sealed partial class LeaseKeeper
{
    // Leases of the backup: no session resumes one. It would keep alive whatever the backup lists under it, instances included that
    // their provider took back since; under a new lease it announces what it has, and the rest leaves with the old one.
    private HashSet<LeaseId> _restored = [];

    /// <summary>All records were replaced: their leases get one full TTL, those that are gone end, and every session is told to
    /// open again, under a new lease.</summary>
    /// <remarks>A lease of neither set is one whose start is on its way to the store; it goes on.</remarks>
    public void StartOver(CatalogSnapshot after)
    {
        lock (_lock)
        {
            var before = _catalog;
            _catalog = after;
            foreach (var lease in before.Leases.Keys.Union(after.Leases.Keys))
            {
                _leases.End(lease);
                if (_peers.Remove(lease, out var peer))
                {
                    peer.OnRestored();
                }
            }

            foreach (var instance in before.Services.Values.SelectMany(s => s.Instances.Values))
            {
                _soft.RemoveLocked(instance.Key);
            }

            foreach (var holding in after.Leases.Values)
            {
                StartLocked(holding, Liveness.Unknown);
            }

            _restored = [.. after.Leases.Keys];
            ArmWake();
        }
    }
}
