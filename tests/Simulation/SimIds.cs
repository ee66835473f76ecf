using System.Globalization;
using Muster.Core.Model;
using Muster.Registry;

namespace Muster.Simulation;

/// <summary>Ids that count, over all starts of the registry.</summary>
internal sealed class SimIds(World world, Fault fault) : IdSource
{
    private ulong _lease;
    private int _name;

    /// <summary>Whether a lease of that id runs in the registry.</summary>
    public Func<LeaseId, bool> IsRunning { get; set; } = _ => false;

    public override LeaseId NextLease()
    {
        if (fault == Fault.ReusedLease && _lease > 2 && world.Chance(0.05))
        {
            var old = new LeaseId((ulong)world.Random.NextInt64(1, (long)_lease));
            if (!IsRunning(old))
            {
                return old;
            }
        }

        return new LeaseId(++_lease);
    }

    public override string NextName() => (++_name).ToString("x8", CultureInfo.InvariantCulture);
}
