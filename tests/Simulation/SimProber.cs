using Muster.Core.Checks;
using Muster.Core.Model;
using Muster.Registry.Checks;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>The registry's sockets towards what it checks.</summary>
internal sealed class SimProber(World world, SimProcess process, SimNode node, SimTargets targets) : IProber
{
    public Task<ProbeResult> ProbeAsync(CheckTarget target, CancellationToken stopping)
    {
        var began = world.Now;
        var probed = new TaskCompletionSource<ProbeResult>();
        var (isSuccess, takes) = targets.Probe(target.Host, target.Check.Timeout);
        world.At(process, began + takes, probed, () =>
        {
            // A process that stood still meanwhile finds the answer and the end of the timeout at once.
            var isInTime = isSuccess && world.Now - began < target.Check.Timeout;
            world.Record(new HistoryEvent.Probed(world.Now, target.Instance, target.Host, Registered(target), began, isInTime));
            probed.SetResult(new ProbeResult(isInTime, isInTime ? "connected" : "not connected"));
            world.At(process, world.Now, probed, () => Show(target.Instance));
            switch (node.Fault)
            {
                case Fault.CheckedRemovedEarly when !isInTime && Find(target) is { Check.RemoveAfter: not null } failing:
                    node.Remove(failing, RemovalReason.CheckFailed);
                    break;
                case Fault.CheckedLeaseRunsOut when world.Chance(0.05) && Find(target) is { } silent:
                    node.Remove(silent, RemovalReason.Expired);
                    break;
            }
        });
        return probed.Task;
    }

    // With a planted fault the runner has another check than the record.
    private ActiveCheck Registered(CheckTarget target) =>
        node.Fault == Fault.CheckThatIgnoresFall ? Find(target)?.Check ?? target.Check : target.Check;

    private InstanceRecord? Find(CheckTarget target) => node.Feed.Current.Find(target.Instance);

    private void Show(InstanceKey instance)
    {
        if (node.IsUpToDate && node.Feed.Current.Find(instance) is { Check: not null })
        {
            world.Record(new HistoryEvent.CheckShown(world.Now, instance, node.Leases.StateOf(instance).Health));
        }
    }
}
